//! The vendors' APIs, a directory for each, which `build.rs` finds: `profile.rs` holds the vendor's
//! facts, `mod.rs` answers its requests with `respond`.

use crate::registry::VENDORS;
use crate::reply::HttpResponse;
use crate::vendor::VendorProfile;
use crate::vendor_request::VendorRequest;

include!(concat!(env!("OUT_DIR"), "/handlers.rs"));

/// Answers a request.
pub(crate) type Handler = fn(&VendorRequest<'_>) -> HttpResponse;

/// The vendor of this name and its API.
pub(crate) fn find(name: &str) -> Option<(&'static VendorProfile, Handler)> {
    VENDORS.into_iter().zip(HANDLERS).find(|(vendor, _)| vendor.name == name)
}
