//! How any vendor's list is read: eight requests under way, pages in order.

use crate::call::Call;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Requests under way at each vendor.
const AT_ONCE: usize = 8;

/// Which page is asked for.
#[derive(Clone, Copy)]
pub struct At {
    pub index: usize,
    pub size: usize,
}

pub trait Vendor {
    const NAME: &'static str;
    const PATH: &'static str;
    const HEADERS: &'static [(&'static str, &'static str)];
    const PAGE_SIZE: usize;
    type Page: DeserializeOwned + Send;

    fn query(page: At) -> Vec<(&'static str, String)>;
    fn total(page: &Self::Page) -> Option<usize>;
    fn calls(page: Self::Page) -> Vec<Call>;
}

/// A page as lines.
struct Lines {
    text: Vec<u8>,
    calls: usize,
    total: Option<usize>,
}

/// Writes all calls of a vendor, in its order; answers how many.
pub async fn export<V: Vendor + 'static>(
    http: Client,
    base: String,
    out: Arc<Mutex<impl Write>>,
) -> Result<usize, Failure> {
    let fetch = |index| fetch::<V>(http.clone(), base.clone(), index);
    let write = |lines: &Lines| {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(&lines.text)
    };
    let first = fetch(0).await?;
    write(&first)?;
    let mut calls = first.calls;
    if calls < V::PAGE_SIZE {
        return Ok(calls);
    }
    // Without a total, pages are asked for until one is not full.
    let pages = first.total.map_or(usize::MAX, |total| total.div_ceil(V::PAGE_SIZE));
    let mut rest = stream::iter(1..pages).map(fetch).buffered(AT_ONCE);
    while let Some(lines) = rest.try_next().await? {
        write(&lines)?;
        calls += lines.calls;
        if lines.calls < V::PAGE_SIZE {
            break;
        }
    }
    Ok(calls)
}

async fn fetch<V: Vendor>(http: Client, base: String, index: usize) -> Result<Lines, Failure> {
    let query = V::query(At { index, size: V::PAGE_SIZE });
    let mut request = http.get(base + V::PATH).query(&query);
    for (name, value) in V::HEADERS {
        request = request.header(*name, *value);
    }
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let page: V::Page = serde_json::from_slice(&body)?;
    let total = V::total(&page);
    let calls = V::calls(page);
    let mut text = Vec::with_capacity(body.len());
    for call in &calls {
        serde_json::to_writer(&mut text, call)?;
        text.push(b'\n');
    }
    Ok(Lines { text, calls: calls.len(), total })
}
