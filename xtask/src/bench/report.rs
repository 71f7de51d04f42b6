//! The figures, as tables and as JSON.

use serde::Serialize;
use std::fmt;

/// All that was measured.
#[derive(Debug, Default, Serialize)]
pub(super) struct BenchReport {
    pub(super) sections: Vec<ReportSection>,
    pub(super) facts: Vec<Figure>,
}

/// Programs that did the same work.
#[derive(Debug, Serialize)]
pub(super) struct ReportSection {
    pub(super) title: &'static str,
    /// How long each response waits.
    pub(super) latency_ms: u32,
    pub(super) calls: usize,
    /// The first is what the others are compared with.
    pub(super) lines: Vec<ResultLine>,
}

/// Medians of a program's runs.
#[derive(Debug, Serialize)]
pub(super) struct ResultLine {
    pub(super) program: &'static str,
    pub(super) calls_a_second: f64,
    /// Processor seconds for 100,000 calls.
    pub(super) cpu_of_100_000: f64,
    pub(super) peak_mb: f64,
    /// Median of the ratios within each repetition.
    pub(super) times_the_calls: f64,
    pub(super) times_the_cpu: f64,
    /// The sandbox's part of the processor time of both.
    pub(super) sandbox_share: f64,
}

/// A single figure, and what it should be.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) goal: String,
    pub(super) met: bool,
}

/// What a line should be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// At least so many times the calls that the first program reads in the same time.
    Times(f64),
    /// At most so many times its processor time.
    Cpu(f64),
    /// At least so many calls a second.
    ASecond(f64),
}

impl Goal {
    /// What was measured, the goal, and whether it is met.
    fn of(self, line: &ResultLine) -> (String, String, bool) {
        match self {
            Self::Times(least) => {
                let times = line.times_the_calls;
                let value = format!("{times:.2} x the calls/s hand-written");
                (value, format!("at least {least:.2} x"), times >= least)
            }
            Self::Cpu(most) => {
                let times = line.times_the_cpu;
                let value = format!("{times:.2} x the CPU hand-written");
                (value, format!("at most {most:.2} x"), times <= most)
            }
            Self::ASecond(least) => {
                let calls = line.calls_a_second;
                (format!("{calls:.0} calls/s"), format!("at least {least:.0}"), calls >= least)
            }
        }
    }
}

impl BenchReport {
    /// Adds a section, and how one of its programs does beside its goals.
    pub(super) fn add(&mut self, section: ReportSection, program: &str, goals: &[Goal]) {
        let lines = section.lines.iter().filter(|line| line.program == program);
        for (line, goal) in lines.flat_map(|line| goals.iter().map(move |goal| (line, goal))) {
            let (value, goal, met) = goal.of(line);
            let name = format!("{program}, responses after {} ms", section.latency_ms);
            self.facts.push(Figure { name, value, goal, met });
        }
        self.sections.push(section);
    }

    pub(super) fn to_json(&self) -> Result<String, String> {
        serde_json::to_string_pretty(self).map_err(|cause| cause.to_string())
    }
}

/// The middle one; of two middle ones their mean.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ReportSection { title, latency_ms, calls, lines } in &self.sections {
            let head = format!("{calls} calls as {title}, responses after {latency_ms} ms");
            let titles =
                [head.as_str(), "calls/s", "x", "CPU s per 100,000", "x", "peak", "sandbox's CPU"];
            let line = |line: &ResultLine| {
                vec![
                    line.program.to_owned(),
                    format!("{:.0}", line.calls_a_second),
                    format!("{:.2}", line.times_the_calls),
                    format!("{:.2}", line.cpu_of_100_000),
                    format!("{:.2}", line.times_the_cpu),
                    format!("{:.0} MB", line.peak_mb),
                    format!("{:.0} %", line.sandbox_share * 100.0),
                ]
            };
            table(f, &titles, lines.iter().map(line).collect())?;
        }
        if !self.facts.is_empty() {
            let line = |fact: &Figure| {
                let met = if fact.met { "yes" } else { "no" };
                vec![fact.name.clone(), fact.value.clone(), fact.goal.clone(), met.to_owned()]
            };
            let titles = ["What", "measured", "goal", "met"];
            table(f, &titles, self.facts.iter().map(line).collect())?;
        }
        Ok(())
    }
}

/// A table in Markdown, the first column flush left.
fn table(f: &mut fmt::Formatter<'_>, titles: &[&str], rows: Vec<Vec<String>>) -> fmt::Result {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::len);
        cells.max().unwrap_or(0).max(titles[column].len())
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut line = |cells: &[&str]| {
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            match column {
                0 => write!(f, "| {cell:<width$} |")?,
                _ => write!(f, " {cell:>width$} |")?,
            }
        }
        writeln!(f)
    };
    line(titles)?;
    let rules: Vec<String> = widths
        .iter()
        .enumerate()
        .map(|(column, width)| match column {
            0 => "-".repeat(*width),
            _ => "-".repeat(width - 1) + ":",
        })
        .collect();
    line(&rules.iter().map(String::as_str).collect::<Vec<_>>())?;
    for row in &rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    writeln!(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    fn section(times_the_calls: f64) -> ReportSection {
        ReportSection {
            title: "JSON lines",
            latency_ms: 0,
            calls: 100,
            lines: vec![ResultLine {
                program: "hand-written",
                calls_a_second: 73_000.4,
                cpu_of_100_000: 1.77,
                peak_mb: 43.0,
                times_the_calls,
                times_the_cpu: 1.0,
                sandbox_share: 0.07,
            }],
        }
    }

    #[test]
    fn goals_are_reported_with_whether_they_are_met() {
        let goals = [Goal::Times(1.3), Goal::Cpu(1.0), Goal::ASecond(73_001.0)];
        let mut report = BenchReport::default();
        report.add(section(1.3), "hand-written", &goals);
        report.add(section(1.299), "hand-written", &goals[..1]);
        report.add(section(9.0), "another program", &goals);
        assert_eq!(report.sections.len(), 3);
        report.sections.clear();
        insta::assert_snapshot!(report, @r"
        | What                               |                        measured |            goal | met |
        | ---------------------------------- | ------------------------------: | --------------: | --: |
        | hand-written, responses after 0 ms | 1.30 x the calls/s hand-written | at least 1.30 x | yes |
        | hand-written, responses after 0 ms |     1.00 x the CPU hand-written |  at most 1.00 x | yes |
        | hand-written, responses after 0 ms |                   73000 calls/s |  at least 73001 |  no |
        | hand-written, responses after 0 ms | 1.30 x the calls/s hand-written | at least 1.30 x |  no |
        ");
    }

    #[test]
    fn tables_are_markdown() {
        let report = BenchReport {
            sections: vec![section(1.0)],
            facts: vec![Figure {
                name: "callfold --help".to_owned(),
                value: "2.1 ms".to_owned(),
                goal: "under 10 ms".to_owned(),
                met: true,
            }],
        };
        insta::assert_snapshot!(report, @r"
        | 100 calls as JSON lines, responses after 0 ms | calls/s |    x | CPU s per 100,000 |    x |  peak | sandbox's CPU |
        | --------------------------------------------- | ------: | ---: | ----------------: | ---: | ----: | ------------: |
        | hand-written                                  |   73000 | 1.00 |              1.77 | 1.00 | 43 MB |           7 % |

        | What            | measured |        goal | met |
        | --------------- | -------: | ----------: | --: |
        | callfold --help |   2.1 ms | under 10 ms | yes |
        ");
    }
}
