//! Rendered pages, cached for benchmarks: rendering a page costs as much CPU as reading it does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use http::{Method, StatusCode};

use crate::dataset::Dataset;
use crate::reply::{CREDENTIAL_HEADERS, HttpResponse, MatchedOperation, Request};

/// Bytes of a cached page beside its body and key.
const OVERHEAD: usize = 1024;

/// Responses with lists of calls, as long as the dataset is the same.
#[derive(Debug)]
pub(crate) struct PageCache {
    /// Most bytes in the cache.
    max: usize,
    pages: Mutex<CachedPages>,
}

#[derive(Debug, Default)]
struct CachedPages {
    /// The dataset they show. The weak reference keeps its address from being reused.
    dataset: Weak<Dataset>,
    by_key: HashMap<Vec<u8>, HttpResponse>,
    size: usize,
}

impl PageCache {
    /// A cache of at most `max` bytes; 0 caches nothing.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, pages: Mutex::default() }
    }

    /// The cached response to an equal request, or that of `render`, which is cached while there is
    /// room.
    pub(crate) fn get_or_render(
        &self,
        dataset: &Arc<Dataset>,
        request: &Request,
        render: impl FnOnce() -> HttpResponse,
    ) -> HttpResponse {
        if self.max == 0 || request.method() != Method::GET {
            return render();
        }
        let key = key(request);
        if let Some(page) = self.pages(dataset).by_key.get(&key) {
            return page.clone();
        }
        let response = render();
        if is_page(&response) {
            let mut pages = self.pages(dataset);
            let size = key.len() + response.body().len() + OVERHEAD;
            if pages.size + size <= self.max && !pages.by_key.contains_key(&key) {
                pages.size += size;
                pages.by_key.insert(key, response.clone());
            }
        }
        response
    }

    /// The pages of this dataset; those of another are dropped.
    fn pages(&self, dataset: &Arc<Dataset>) -> MutexGuard<'_, CachedPages> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(pages.dataset.as_ptr(), Arc::as_ptr(dataset)) {
            *pages = CachedPages { dataset: Arc::downgrade(dataset), ..CachedPages::default() };
        }
        pages
    }
}

/// The parts of a request that a list depends on: target and credentials.
fn key(request: &Request) -> Vec<u8> {
    let mut key = Vec::with_capacity(256);
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    key.extend_from_slice(target.as_bytes());
    for name in CREDENTIAL_HEADERS {
        for value in request.headers().get_all(name) {
            key.push(b'\n');
            key.extend_from_slice(name.as_bytes());
            key.push(b':');
            key.extend_from_slice(value.as_bytes());
        }
    }
    key
}

fn is_page(response: &HttpResponse) -> bool {
    let operation = response.extensions().get::<MatchedOperation>();
    response.status() == StatusCode::OK && operation.is_some_and(|one| one.name.starts_with("list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatasetOptions;
    use crate::reply::{ok, with_operation};
    use bytes::Bytes;

    fn dataset() -> Arc<Dataset> {
        Arc::new(Dataset::new(DatasetOptions { records: 1, ..DatasetOptions::default() }))
    }

    fn request(target: &str) -> Request {
        http::Request::get(target).body(Bytes::new()).unwrap()
    }

    /// Requests a page; counts in `rendered`.
    fn get_page(
        cache: &PageCache,
        dataset: &Arc<Dataset>,
        target: &str,
        rendered: &mut u32,
    ) -> Bytes {
        let page = cache.get_or_render(dataset, &request(target), || {
            *rendered += 1;
            with_operation("list_calls", ok(&[target, "0123456789"]))
        });
        page.into_body()
    }

    #[test]
    fn page_is_rendered_once_for_each_dataset() {
        let (cache, one, rendered) = (PageCache::new(1 << 20), dataset(), &mut 0);
        let page = get_page(&cache, &one, "/v1/calls?page=1", rendered);
        assert_eq!(get_page(&cache, &one, "/v1/calls?page=1", rendered), page);
        assert_eq!(*rendered, 1);
        assert_ne!(get_page(&cache, &one, "/v1/calls?page=2", rendered), page);
        assert_eq!(*rendered, 2);
        let other = dataset();
        get_page(&cache, &other, "/v1/calls?page=1", rendered);
        get_page(&cache, &other, "/v1/calls?page=1", rendered);
        assert_eq!(*rendered, 3);
    }

    #[test]
    fn pages_beyond_the_limit_are_rendered_each_time() {
        let (dataset, rendered) = (dataset(), &mut 0);
        let small = PageCache::new(2 * OVERHEAD);
        for expect in [1, 1, 2, 3] {
            let target = if expect == 1 { "/v1/calls?page=1" } else { "/v1/calls?page=2" };
            get_page(&small, &dataset, target, rendered);
            assert_eq!(*rendered, expect);
        }
        let none = PageCache::new(0);
        get_page(&none, &dataset, "/v1/calls", rendered);
        get_page(&none, &dataset, "/v1/calls", rendered);
        assert_eq!(*rendered, 5);
    }

    #[test]
    fn only_lists_are_cached() {
        let (cache, dataset, mut rendered) = (PageCache::new(1 << 20), dataset(), 0);
        let mut get_page = |operation, request: &Request, status| {
            cache.get_or_render(&dataset, request, || {
                rendered += 1;
                let mut response = with_operation(operation, ok(&[1]));
                *response.status_mut() = status;
                response
            });
            rendered
        };
        let get = request("/v1/calls/1");
        assert_eq!([0; 2].map(|_| get_page("get_call", &get, StatusCode::OK)), [1, 2]);
        let list = request("/v1/calls");
        assert_eq!([0; 2].map(|_| get_page("list_calls", &list, StatusCode::UNAUTHORIZED)), [3, 4]);
        let post = http::Request::post("/v1/calls").body(Bytes::new()).unwrap();
        assert_eq!([0; 2].map(|_| get_page("list_calls", &post, StatusCode::OK)), [5, 6]);
    }
}
