use super::*;

fn read(key: &str, value: &str) -> Result<Vec<(&'static str, String)>, String> {
    let config = SourceConfig::new("clinic").with(key, value);
    let context = mapping_context(&config).map_err(|error| error.to_string());
    Ok(in_words(&context?))
}

#[test]
fn values_are_read_as_documented() {
    for (key, value, expect) in [
        ("assume_offset", "+05:30", "+05:30"),
        ("time_zone", "Asia/Kolkata", "Asia/Kolkata"),
        ("number_region", "gb", "GB"),
        ("cost_unit", "usd", "USD"),
        ("cost_unit", "credits", "credits"),
        ("cost_unit", "USD-minor", "USD-minor"),
        ("cost_unit", "kwd-minor", "KWD-minor"),
        // It has no smaller unit: what is one of it is one of its minor unit.
        ("cost_unit", "JPY-minor", "JPY"),
    ] {
        assert_eq!(read(key, value), Ok(vec![(key, expect.to_owned())]), "{key} {value}");
    }
    assert_eq!(read("assume_offset", "Z"), Ok(vec![]));
}

#[test]
fn minor_unit_has_the_exponent_of_its_currency() {
    for (unit, exponent) in [("USD-minor", 2), ("KWD-minor", 3), ("JPY-minor", 0), ("USD", 0)] {
        let config = SourceConfig::new("clinic").with("cost_unit", unit);
        assert_eq!(mapping_context(&config).unwrap().cost_exponent, exponent, "{unit}");
    }
}

#[test]
fn value_that_is_not_allowed_is_an_error_that_says_what_is() {
    let unit = "write a currency's ISO 4217 code such as \"USD\", \"USD-minor\" where costs are in \
                its minor unit, or \"credits\"";
    let zone = "write a name of the IANA database, such as \"Asia/Kolkata\" or \"UTC\"";
    let region = "write a two-letter code of ISO 3166, such as \"GB\" or \"IN\"";
    for (key, value, problem, help) in [
        ("cost_unit", "USC", "is not a unit of cost", unit),
        ("cost_unit", "unspecified", "is not a unit of cost", unit),
        ("cost_unit", "", "is not a unit of cost", unit),
        ("cost_unit", "XXX", "is not a unit of cost", unit),
        ("cost_unit", "credits-minor", "is not a unit of cost", unit),
        ("cost_unit", "USD-cents", "is not a unit of cost", unit),
        ("time_zone", "IST5:30", "is not a time zone", zone),
        ("time_zone", "+05:30", "is not a time zone", zone),
        ("number_region", "UK", "is not a region", region),
        ("number_region", "+44", "is not a region", region),
        ("assume_offset", "IST", "is not a UTC offset", "write it as \"+05:30\" or \"Z\""),
    ] {
        assert_eq!(read(key, value), Err(format!("{key} {problem}: {help}")), "{value}");
    }
}

#[test]
fn own_number_that_cannot_be_read_is_an_error() {
    let read = |numbers: &[&str], region: Option<&str>| {
        let config = SourceConfig::new("clinic").with_list("own_numbers", numbers);
        let config = match region {
            Some(region) => config.with("number_region", region),
            None => config,
        };
        let context = mapping_context(&config).map_err(|error| error.to_string())?;
        Ok(context.own_numbers.into_iter().collect::<Vec<_>>().join(" "))
    };
    let national = "020 7946 0958";
    assert_eq!(
        read(&["+19195550100", national], Some("GB")),
        Ok("+19195550100 +442079460958".to_owned())
    );
    assert_eq!(
        read(&["+19195550100", national], None),
        Err("own_numbers number 2 has no country code: write it as \"+19195550100\", or set \
             number_region"
            .to_owned())
    );
    assert_eq!(
        read(&["911"], Some("US")),
        Err("own_numbers number 1 is not a phone number in US: write it as \"+19195550100\", or \
             correct number_region"
            .to_owned())
    );
}

#[test]
fn settings_in_words_show_no_phone_number() {
    let config = SourceConfig::new("clinic")
        .with("cost_unit", "EUR-minor")
        .with("number_region", "DE")
        .with_list("own_numbers", &["+4930123456"]);
    let shown = in_words(&mapping_context(&config).unwrap());
    let expect = [("number_region", "DE"), ("own_numbers", "1 number"), ("cost_unit", "EUR-minor")];
    assert_eq!(shown, expect.map(|(key, value)| (key, value.to_owned())));
}
