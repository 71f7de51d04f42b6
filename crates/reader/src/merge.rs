//! Several sources as one stream: in order, or as their calls come.

use crate::{Order, ordered_reader::OrderedItem};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

/// Most items of one source that wait for the other sources.
const MAX_WAITING: usize = 64;

/// Merges streams that are in order into one that is.
pub(crate) struct Merge<'a> {
    inputs: Vec<Input<'a>>,
    order: Order,
    /// The input whose call comes next, where no order is wanted.
    next: usize,
    /// Calls still wanted.
    wanted: usize,
}

struct Input<'a> {
    stream: Option<BoxStream<'a, OrderedItem>>,
    waiting: VecDeque<OrderedItem>,
}

impl Input<'_> {
    fn fill(&mut self, cx: &mut Context<'_>) {
        while let Some(stream) = &mut self.stream
            && self.waiting.len() < MAX_WAITING
        {
            match stream.poll_next_unpin(cx) {
                Poll::Ready(Some(item)) => self.waiting.push_back(item),
                Poll::Ready(None) => self.stream = None,
                Poll::Pending => break,
            }
        }
    }

    fn is_awaited(&self) -> bool {
        self.stream.is_some() && self.waiting.is_empty()
    }
}

impl<'a> Merge<'a> {
    pub(crate) fn new(
        streams: Vec<BoxStream<'a, OrderedItem>>,
        order: Order,
        limit: usize,
    ) -> Self {
        let input = |stream| Input { stream: Some(stream), waiting: VecDeque::new() };
        Self { inputs: streams.into_iter().map(input).collect(), order, next: 0, wanted: limit }
    }

    /// The next input that has a call, round robin.
    fn round_robin(&mut self) -> Option<usize> {
        let count = self.inputs.len();
        let mut indexes = (0..count).map(|step| (self.next + step) % count);
        let index = indexes.find(|index| !self.inputs[*index].waiting.is_empty())?;
        self.next = (index + 1) % count;
        Some(index)
    }

    /// The input whose call comes first.
    fn smallest(&self) -> Option<usize> {
        let keys = self.inputs.iter().enumerate().filter_map(|(index, input)| {
            match input.waiting.front()? {
                OrderedItem::Call(key, _) => Some((key, index)),
                OrderedItem::Rejected(_) => None,
            }
        });
        keys.min().map(|(_, index)| index)
    }
}

/// Items with the index of their source.
impl Stream for Merge<'_> {
    type Item = (usize, OrderedItem);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.wanted == 0 {
            this.inputs.clear();
            return Poll::Ready(None);
        }
        for (index, input) in this.inputs.iter_mut().enumerate() {
            input.fill(cx);
            // Rejected records have no place in an order.
            let is_rejected = |item: &mut OrderedItem| matches!(item, OrderedItem::Rejected(_));
            if let Some(rejected) = input.waiting.pop_front_if(is_rejected) {
                return Poll::Ready(Some((index, rejected)));
            }
        }
        let is_awaited = this.inputs.iter().any(Input::is_awaited);
        let next = match this.order {
            Order::AsRead => this.round_robin(),
            _ if is_awaited => None,
            _ => this.smallest(),
        };
        match next.and_then(|index| Some((index, this.inputs[index].waiting.pop_front()?))) {
            Some(item) => {
                this.wanted -= 1;
                Poll::Ready(Some(item))
            }
            None if is_awaited => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}
