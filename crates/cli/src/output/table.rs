//! A table that fits its terminal.

use super::text::{fit, pad, width};
use anstyle::Style;
use std::borrow::Cow;

/// Spaces between two cells.
const GAP: usize = 2;

/// The most columns of a cell in a table of unlimited width: an endless text would pad every line.
const MAX_CELL_COLUMNS: usize = 200;

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableColumn {
    pub(crate) title: Cow<'static, str>,
    /// Whether its cells are right-aligned.
    pub(crate) right: bool,
    /// The least width; `usize::MAX` prevents shrinking.
    pub(crate) min: usize,
    /// If shrinking is not enough, the column with the highest rank is hidden first; 0 is never
    /// hidden, and shrinks last.
    pub(crate) drop_rank: u8,
}

/// A cell: text that is safe on a terminal, and its style.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), style: Style::new() }
    }
}

impl Cell {
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// Rows of as many cells as there are columns.
#[derive(Debug)]
pub(crate) struct TextTable {
    pub(crate) columns: Vec<TableColumn>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A table as text.
#[derive(Debug)]
pub(crate) struct RenderedTable {
    pub(crate) text: String,
    /// The titles of hidden columns.
    pub(crate) hidden: Vec<String>,
}

impl TextTable {
    /// Lays out the table in `columns` columns, or without a limit, with at most
    /// [`MAX_CELL_COLUMNS`] per cell.
    pub(crate) fn render(&self, columns: Option<usize>, color: bool) -> RenderedTable {
        let (shown, hidden) = self.layout(columns);
        let mut text = String::new();
        let title = Style::new().bold();
        let titles = self.columns.iter().map(|column| Cell::styled(column.title.as_ref(), title));
        self.push_line(&mut text, &titles.collect::<Vec<_>>(), &shown, color);
        for row in &self.rows {
            self.push_line(&mut text, row, &shown, color);
        }
        RenderedTable { text, hidden }
    }

    fn push_line(&self, text: &mut String, row: &[Cell], shown: &[(usize, usize)], color: bool) {
        for (place, &(index, columns)) in shown.iter().enumerate() {
            let (Some(cell), Some(column)) = (row.get(index), self.columns.get(index)) else {
                continue;
            };
            let last = place + 1 == shown.len();
            let cut = fit(&cell.text, columns);
            let blank = pad(&cut, columns, column.right);
            let padded = if last { blank.trim_end() } else { &blank };
            if color && cell.style != Style::new() {
                text.push_str(&format!(
                    "{}{padded}{}",
                    cell.style.render(),
                    cell.style.render_reset()
                ));
            } else {
                text.push_str(padded);
            }
            if !last {
                text.push_str(&" ".repeat(GAP));
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }

    /// The shown columns with their widths, and the titles of the hidden ones.
    fn layout(&self, room: Option<usize>) -> (Vec<(usize, usize)>, Vec<String>) {
        let natural: Vec<usize> = (0..self.columns.len()).map(|i| self.natural(i)).collect();
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut hidden = Vec::new();
        loop {
            let mut widths: Vec<(usize, usize)> = shown.iter().map(|&i| (i, natural[i])).collect();
            let Some(room) = room else {
                return (widths, hidden);
            };
            let is_droppable = |i: usize| self.columns[i].drop_rank > 0;
            if self.shrink(&mut widths, room, is_droppable) {
                return (widths, hidden);
            }
            let droppable = shown.iter().copied().filter(|&i| is_droppable(i));
            let Some(dropped) = droppable.max_by_key(|&i| self.columns[i].drop_rank) else {
                self.shrink(&mut widths, room, |_| true);
                return (widths, hidden);
            };
            shown.retain(|&i| i != dropped);
            hidden.push(self.columns[dropped].title.to_string());
        }
    }

    fn natural(&self, index: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| width(&cell.text));
        cells.max().unwrap_or(0).min(MAX_CELL_COLUMNS).max(width(&self.columns[index].title))
    }

    /// Narrows the widest of these columns until all fit; `false` if they cannot.
    fn shrink(
        &self,
        widths: &mut [(usize, usize)],
        room: usize,
        can_shrink: impl Fn(usize) -> bool,
    ) -> bool {
        loop {
            let total = widths.iter().map(|&(_, w)| w).sum::<usize>()
                + GAP * widths.len().saturating_sub(1);
            if total <= room {
                return true;
            }
            let shrinkable =
                widths.iter_mut().filter(|(i, w)| can_shrink(*i) && *w > self.columns[*i].min);
            let Some((_, widest)) = shrinkable.max_by_key(|(_, w)| *w) else {
                return false;
            };
            *widest -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TextTable {
        let column = |title: &'static str, right, min, drop_rank| TableColumn {
            title: title.into(),
            right,
            min,
            drop_rank,
        };
        TextTable {
            columns: vec![
                column("TIME", false, usize::MAX, 0),
                column("AGENT", false, 6, 1),
                column("REASON", false, 6, 2),
                column("COST", true, usize::MAX, 0),
            ],
            rows: vec![
                vec![
                    "12:30".into(),
                    "Support Agent".into(),
                    "customer_hangup".into(),
                    "2.30".into(),
                ],
                vec!["12:31".into(), "東京の担当者".into(), "busy".into(), "10.00".into()],
            ],
        }
    }

    #[test]
    fn table_takes_its_natural_width_without_a_terminal() {
        insta::assert_snapshot!(table().render(None, false).text, @r"
        TIME   AGENT          REASON            COST
        12:30  Support Agent  customer_hangup   2.30
        12:31  東京の担当者   busy             10.00
        ");
    }

    #[test]
    fn endless_cell_does_not_widen_every_line() {
        let mut table = table();
        table.rows[0][1] = "x".repeat(1_000_000).into();
        let rendered = table.render(None, false);
        assert!(rendered.text.lines().all(|line| width(line) < MAX_CELL_COLUMNS + 40));
    }

    #[test]
    fn widest_columns_shrink_first_and_lines_fit() {
        let rendered = table().render(Some(34), false);
        insta::assert_snapshot!(rendered.text, @r"
        TIME   AGENT      REASON      COST
        12:30  Support…   customer…   2.30
        12:31  東京の担…  busy       10.00
        ");
        assert!(rendered.text.lines().all(|line| width(line) <= 34));
        assert!(rendered.hidden.is_empty());
    }

    #[test]
    fn column_of_highest_rank_is_hidden_when_shrinking_is_not_enough() {
        let rendered = table().render(Some(26), false);
        assert_eq!(rendered.hidden, ["REASON"]);
        assert!(rendered.text.lines().all(|line| width(line) <= 26));
        let narrow = table().render(Some(3), false);
        assert_eq!(narrow.hidden, ["REASON", "AGENT"]);
    }

    #[test]
    fn colour_is_written_only_if_requested() {
        assert!(table().render(None, true).text.contains('\u{1b}'));
        assert!(!table().render(None, false).text.contains('\u{1b}'));
    }
}
