//! All vendors. `build.rs` finds their profiles in `src/vendors`.

use crate::vendor::VendorProfile;

include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The vendor of this name.
pub(crate) fn vendor(name: &str) -> Option<&'static VendorProfile> {
    VENDORS.into_iter().find(|vendor| vendor.name == name)
}
