//! All vendors on one port, without the port: a request in, a response out.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH};
use http::{Method, StatusCode};

use crate::ask::Ask;
use crate::cache::PageCache;
use crate::fault::write_odd_text;
use crate::media;
use crate::reply::{self, Request, Response, by, json, owned, plain, set};
use crate::truths::truths;
use crate::vendors::{VENDORS, find, vendor};
use crate::world::World;

/// Headers that carry a credential, which must never reach storage.
pub(crate) const CREDENTIALS: [&str; 5] =
    ["authorization", "cookie", "x-api-key", "x-api-secret", "x-organization-id"];

/// The vendors' APIs over one world, as a function from request to response.
///
/// It does no I/O and reads no clock; equal worlds answer equal requests with equal bytes.
#[derive(Debug)]
pub struct Service {
    base: String,
    world: RwLock<Arc<World>>,
    cache: PageCache,
}

impl Service {
    /// Serves a world. `base` is the URL the service is reached by, which links in records begin
    /// with.
    pub fn new(world: World, base: impl Into<String>) -> Self {
        Self {
            base: base.into().trim_end_matches('/').to_owned(),
            world: RwLock::new(Arc::new(world)),
            cache: PageCache::new(0),
        }
    }

    /// Keeps pages of calls once they are rendered, in at most so many bytes, until another world
    /// takes the place of the present one. Without it every page is rendered anew.
    #[must_use]
    pub fn with_page_cache(mut self, bytes: usize) -> Self {
        self.cache = PageCache::new(bytes);
        self
    }

    /// The world as it is now; it stays as it is while it is held.
    pub fn world(&self) -> Arc<World> {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&world)
    }

    /// Puts another world in place of the present one. Requests that are being answered end with
    /// the world they began with.
    pub fn set_world(&self, world: World) {
        self.change(|_| Some(world));
    }

    /// Puts what `change` makes of the present world in its place, unless that is nothing.
    pub(crate) fn change(&self, change: impl FnOnce(&World) -> Option<World>) {
        let mut place = self.world.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut world) = change(&place) {
            world.epoch = world.epoch.max(place.epoch + 1);
            *place = Arc::new(world);
        }
    }

    /// Answers a request. The response carries its [`Operation`](crate::Operation) as an
    /// extension.
    pub fn respond(&self, request: &Request) -> Response {
        let response = match *request.method() {
            Method::GET | Method::HEAD | Method::POST => self.route(request),
            _ => {
                let text = "Only GET, HEAD and POST are served.\n".to_owned();
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, text);
                set(&mut response, ALLOW, "GET, HEAD, POST");
                by("unknown", response)
            }
        };
        if request.method() == Method::HEAD {
            return head(response);
        }
        response
    }

    fn route(&self, request: &Request) -> Response {
        let mut path = reply::segments(request.uri().path());
        let world = self.world();
        if let Some((vendor, respond)) = path.first().and_then(|name| find(name)) {
            path.remove(0);
            return self.cache.answer(&world, request, || {
                let ask = Ask::new(&world, vendor, &self.base, request, path);
                let mut response = owned(vendor.name, respond(&ask));
                if world.has_odd_text(vendor) {
                    response = response.map(write_odd_text);
                }
                response.extensions_mut().insert(ask.into_listed());
                response
            });
        }
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            [] => by("index", plain(StatusCode::OK, self.index(&world))),
            ["_truth"] => by("truth", truths(&world, request, None)),
            ["_truth", vendor] => by("truth", truths(&world, request, Some(vendor))),
            ["recordings", name, file] => recording(&world, request, name, file),
            _ => by("unknown", plain(StatusCode::NOT_FOUND, "Nothing here; see /\n".to_owned())),
        }
    }

    fn index(&self, world: &World) -> String {
        let options = world.options();
        let mut text = format!(
            "callfold sandbox: {} vendors' call APIs over {} invented calls each (seed {}).\n\
             Everybody in it is made up. Nothing leaves this machine.\n\n",
            VENDORS.len(),
            options.records,
            options.seed,
        );
        for vendor in VENDORS {
            let base = format!("{}/{}", self.base, vendor.name);
            let keys = vendor.credentials.iter();
            let keys: Vec<String> = keys.map(|(key, value)| format!("{key} = {value:?}")).collect();
            let headers = vendor.headers.iter();
            let headers: String =
                headers.map(|(key, value)| format!(" -H '{key}: {value}'")).collect();
            let lines = write!(
                text,
                "{}\n  base_url = {base:?}\n  {}\n  curl{headers} '{base}{}'\n\n",
                vendor.name,
                keys.join("\n  "),
                vendor.example,
            );
            debug_assert!(lines.is_ok());
        }
        text + "/_truth   the calls as they are, one JSON object a line (?vendor=NAME&offset=N&limit=N&deleted=true)\n\
                /_stats   what was asked for, how it was answered, what went wrong on request, what happened to the calls\n"
    }
}

/// The response without its body, which still tells the body's length.
fn head(mut response: Response) -> Response {
    let length = response.body().len().to_string();
    set(&mut response, CONTENT_LENGTH, &length);
    *response.body_mut() = Bytes::new();
    response
}

/// A recording in storage. Whoever sends a credential here leaks it, and is told so.
fn recording(world: &World, request: &Request, name: &str, file: &str) -> Response {
    let missing = || {
        let text = serde_json::json!({ "error": "no such recording" });
        json(StatusCode::NOT_FOUND, &text)
    };
    let operation = "download_recording";
    let Some(vendor) = vendor(name) else {
        return by("unknown", missing());
    };
    if let Some(leak) = CREDENTIALS.into_iter().find(|name| request.headers().contains_key(*name)) {
        let text = serde_json::json!({ "error": format!("the header {leak} was sent to storage") });
        return owned(vendor.name, by(operation, json(StatusCode::BAD_REQUEST, &text)));
    }
    let found = vendor.storage.and_then(|(media, ending)| {
        let call = world.find(vendor.name, file.strip_suffix(ending)?)?;
        call.recorded.then(|| media::serve(request, media, &call))
    });
    owned(vendor.name, by(operation, found.unwrap_or_else(missing)))
}
