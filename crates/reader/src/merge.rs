//! Sources side by side: in one order, or as they come.

use crate::{Order, source_reader::Found};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

/// Calls of one source that wait for the others, at most.
const WAITING: usize = 64;

/// Streams that are in order, merged into one that is.
pub(crate) struct Merge<'a> {
    lanes: Vec<Waiting<'a>>,
    order: Order,
    /// Which of the streams is next, where there is no order.
    turn: usize,
    /// So many calls are wanted still.
    wanted: usize,
}

struct Waiting<'a> {
    stream: Option<BoxStream<'a, Found>>,
    calls: VecDeque<Found>,
}

impl Waiting<'_> {
    fn fill(&mut self, cx: &mut Context<'_>) {
        while let Some(stream) = &mut self.stream
            && self.calls.len() < WAITING
        {
            match stream.poll_next_unpin(cx) {
                Poll::Ready(Some(found)) => self.calls.push_back(found),
                Poll::Ready(None) => self.stream = None,
                Poll::Pending => break,
            }
        }
    }

    fn pop_other(&mut self) -> Option<Found> {
        match self.calls.front() {
            Some(Found::SetAside(_)) => self.calls.pop_front(),
            _ => None,
        }
    }
}

impl<'a> Merge<'a> {
    pub(crate) fn new(streams: Vec<BoxStream<'a, Found>>, order: Order, limit: usize) -> Self {
        let waiting = |stream| Waiting { stream: Some(stream), calls: VecDeque::new() };
        let lanes = streams.into_iter().map(waiting).collect();
        Self { lanes, order, turn: 0, wanted: limit }
    }

    fn in_turn(&mut self) -> Option<usize> {
        let lanes = self.lanes.len();
        let next = (0..lanes).map(|step| (self.turn + step) % lanes);
        let found = next.into_iter().find(|lane| !self.lanes[*lane].calls.is_empty())?;
        self.turn = (found + 1) % lanes;
        Some(found)
    }

    fn first(&self) -> Option<usize> {
        let fronts = self.lanes.iter().enumerate().filter_map(|(lane, waiting)| {
            match waiting.calls.front() {
                Some(Found::Call(ranked)) => Some((&ranked.key, lane)),
                _ => None,
            }
        });
        fronts.min().map(|(_, lane)| lane)
    }
}

impl Stream for Merge<'_> {
    type Item = (usize, Found);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.wanted == 0 {
            this.lanes.clear();
            return Poll::Ready(None);
        }
        for (lane, waiting) in this.lanes.iter_mut().enumerate() {
            waiting.fill(cx);
            if let Some(other) = waiting.pop_other() {
                return Poll::Ready(Some((lane, other)));
            }
        }
        let is_open = |waiting: &Waiting<'_>| waiting.stream.is_some() && waiting.calls.is_empty();
        let awaited = this.lanes.iter().any(is_open);
        let next = match this.order {
            Order::AsRead => this.in_turn(),
            _ if awaited => None,
            _ => this.first(),
        };
        match next.and_then(|lane| Some((lane, this.lanes[lane].calls.pop_front()?))) {
            Some(found) => {
                this.wanted -= 1;
                Poll::Ready(Some(found))
            }
            None if awaited => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}
