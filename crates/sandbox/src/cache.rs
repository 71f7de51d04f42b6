//! Pages that were rendered once and are served again.
//!
//! Rendering a page of calls costs the machine as much as reading it does. Whoever measures a
//! client wants neither that nor the waiting; everybody else does without.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use http::{Method, StatusCode};

use crate::reply::{Operation, Request, Response};
use crate::service::CREDENTIALS;
use crate::world::World;

/// What is kept beside the bytes of a page: its headers, its key, its place.
const OVERHEAD: usize = 1024;

/// Lists of calls as they were answered, as long as the world stays the same one.
#[derive(Debug)]
pub(crate) struct PageCache {
    /// Most bytes that are kept.
    most: usize,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// The world they tell of. Held weakly, its address is not given to another.
    world: Weak<World>,
    by_key: HashMap<Vec<u8>, Response>,
    size: usize,
}

impl PageCache {
    /// A cache of at most so many bytes; 0 keeps nothing.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, pages: Mutex::default() }
    }

    /// The kept answer to an equal request, or what `render` gives, which is kept while there is
    /// room.
    pub(crate) fn answer(
        &self,
        world: &Arc<World>,
        request: &Request,
        render: impl FnOnce() -> Response,
    ) -> Response {
        if self.most == 0 || request.method() != Method::GET {
            return render();
        }
        let key = key(request);
        if let Some(page) = self.pages(world).by_key.get(&key) {
            return page.clone();
        }
        let response = render();
        if is_page(&response) {
            let mut pages = self.pages(world);
            let size = key.len() + response.body().len() + OVERHEAD;
            if pages.size + size <= self.most && !pages.by_key.contains_key(&key) {
                pages.size += size;
                pages.by_key.insert(key, response.clone());
            }
        }
        response
    }

    /// The pages of this world; those of another one are dropped.
    fn pages(&self, world: &Arc<World>) -> MutexGuard<'_, Pages> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(pages.world.as_ptr(), Arc::as_ptr(world)) {
            *pages = Pages { world: Arc::downgrade(world), ..Pages::default() };
        }
        pages
    }
}

/// All of a request that a list depends on: what is asked for, and by whom.
fn key(request: &Request) -> Vec<u8> {
    let mut key = Vec::with_capacity(256);
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    key.extend_from_slice(target.as_bytes());
    for name in CREDENTIALS {
        for value in request.headers().get_all(name) {
            key.push(b'\n');
            key.extend_from_slice(name.as_bytes());
            key.push(b':');
            key.extend_from_slice(value.as_bytes());
        }
    }
    key
}

fn is_page(response: &Response) -> bool {
    let operation = response.extensions().get::<Operation>();
    response.status() == StatusCode::OK && operation.is_some_and(|one| one.name.starts_with("list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{by, ok};
    use crate::world::WorldOptions;
    use bytes::Bytes;

    fn world() -> Arc<World> {
        Arc::new(World::new(WorldOptions { records: 1, ..WorldOptions::default() }))
    }

    fn request(target: &str) -> Request {
        http::Request::get(target).body(Bytes::new()).unwrap()
    }

    /// Asks for a page that has rendered so many before.
    fn ask(cache: &PageCache, world: &Arc<World>, target: &str, rendered: &mut u32) -> Bytes {
        let page = cache.answer(world, &request(target), || {
            *rendered += 1;
            by("list_calls", ok(&[target, "0123456789"]))
        });
        page.into_body()
    }

    #[test]
    fn page_is_rendered_once_for_each_world() {
        let (cache, one, rendered) = (PageCache::new(1 << 20), world(), &mut 0);
        let page = ask(&cache, &one, "/v1/calls?page=1", rendered);
        assert_eq!(ask(&cache, &one, "/v1/calls?page=1", rendered), page);
        assert_eq!(*rendered, 1);
        assert_ne!(ask(&cache, &one, "/v1/calls?page=2", rendered), page);
        assert_eq!(*rendered, 2);
        let other = world();
        ask(&cache, &other, "/v1/calls?page=1", rendered);
        ask(&cache, &other, "/v1/calls?page=1", rendered);
        assert_eq!(*rendered, 3);
    }

    #[test]
    fn pages_beyond_the_bound_are_rendered_each_time() {
        let (world, rendered) = (world(), &mut 0);
        let small = PageCache::new(2 * OVERHEAD);
        for expect in [1, 1, 2, 3] {
            let target = if expect == 1 { "/v1/calls?page=1" } else { "/v1/calls?page=2" };
            ask(&small, &world, target, rendered);
            assert_eq!(*rendered, expect);
        }
        let none = PageCache::new(0);
        ask(&none, &world, "/v1/calls", rendered);
        ask(&none, &world, "/v1/calls", rendered);
        assert_eq!(*rendered, 5);
    }

    #[test]
    fn nothing_but_a_list_is_kept() {
        let (cache, world, mut rendered) = (PageCache::new(1 << 20), world(), 0);
        let mut ask = |operation, request: &Request, status| {
            cache.answer(&world, request, || {
                rendered += 1;
                let mut response = by(operation, ok(&[1]));
                *response.status_mut() = status;
                response
            });
            rendered
        };
        let get = request("/v1/calls/1");
        assert_eq!([0; 2].map(|_| ask("get_call", &get, StatusCode::OK)), [1, 2]);
        let list = request("/v1/calls");
        assert_eq!([0; 2].map(|_| ask("list_calls", &list, StatusCode::UNAUTHORIZED)), [3, 4]);
        let post = http::Request::post("/v1/calls").body(Bytes::new()).unwrap();
        assert_eq!([0; 2].map(|_| ask("list_calls", &post, StatusCode::OK)), [5, 6]);
    }
}
