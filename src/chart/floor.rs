//! The floor: every card of the factory as a cell, super-node by super-node.
//!
//! Layout only; what colours a cell is the caller's ([`CellPaint`]), so that the Plan view can show
//! roles and the Live view what is measured, with one cursor, one hit test and one legend.

use super::axes::{LABEL_SIZE, clip};
use super::place::Env;
use super::scene::{Anchor, Paint, Scene, Shape, Token, Xy};

/// Most cells drawn; above, a cell stands for several cards.
pub const MOST_CELLS: u64 = 16_384;
/// Height of a super-node's heading.
const HEAD: f64 = 22.0;
/// Space between super-nodes, across and down.
const BETWEEN: (f64, f64) = (24.0, 14.0);

/// How the cells of a super-node are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Cells in a row (a rack, where rows are racks).
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// Cells between gaps in a row (a server); 0 = no gaps.
    pub group: u32,
}

/// Arrangement of `cards` cards: racks of 32 in nodes of 8 for super-nodes, a row for a server, 18
/// trays of 4 for an NVL72.
pub fn grid(cards: u32) -> Grid {
    let cards = cards.max(1);
    let (columns, group) = match cards {
        1..=8 => (cards, 0),
        9..=31 => (8, 0),
        _ if cards.is_multiple_of(72) && cards <= 144 => (cards / 4, 0),
        _ if cards.is_multiple_of(32) && cards <= 32 * 24 => (32, 8),
        _ => {
            let wide = (f64::from(cards) * 2.7).sqrt() / 8.0;
            ((wide.round() as u32).max(1) * 8, 8)
        }
    };
    Grid {
        columns,
        rows: cards.div_ceil(columns),
        group,
    }
}

/// Cards that one cell stands for: one, until there are more cards than can be drawn.
pub fn per_cell(cards: &[u32]) -> u32 {
    let total: u64 = cards.iter().map(|c| u64::from(*c)).sum();
    total.div_ceil(MOST_CELLS).clamp(1, u64::from(u32::MAX)) as u32
}

/// A card's place on the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Index of the super-node.
    pub node: usize,
    /// Index of the cell in it.
    pub index: u32,
}

/// The floor in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// Size of the drawing.
    pub size: Xy,
    /// Cards that a cell stands for.
    pub per_cell: u32,
    /// Distance from cell to cell.
    pub pitch: f64,
    /// Extra gap between groups.
    pub group_gap: f64,
    /// Upper left corner, cell count and arrangement of each super-node.
    pub nodes: Vec<(Xy, u32, Grid)>,
    /// Width of a super-node's column.
    pub node_width: f64,
    /// Super-nodes have headings.
    pub headed: bool,
}

/// Lays out super-nodes of `cards` cards each on `width` pixels, not much higher than `height`
/// where cells can still be told apart.
pub fn lay_out(cards: &[u32], width: f64, height: f64) -> Floor {
    let width = if width.is_finite() {
        width.clamp(40.0, 20_000.0)
    } else {
        320.0
    };
    let height = if height.is_finite() {
        height.clamp(40.0, 20_000.0)
    } else {
        200.0
    };
    let per_cell = per_cell(cards);
    let cells: Vec<u32> = cards.iter().map(|c| c.div_ceil(per_cell)).collect();
    let grids: Vec<Grid> = cells.iter().map(|c| grid(*c)).collect();
    let most = |f: fn(&Grid) -> u32| grids.iter().map(f).max().unwrap_or(1).max(1);
    let (columns, rows) = (most(|g| g.columns), most(|g| g.rows));
    let groups = most(|g| {
        if g.group == 0 {
            1
        } else {
            g.columns.div_ceil(g.group)
        }
    });
    let count = cards.len().max(1);
    let headed = count <= 48;
    let head = if headed { HEAD } else { 0.0 };
    let between = if columns <= 8 && !headed {
        (10.0, 8.0)
    } else {
        BETWEEN
    };

    // The arrangement with the largest cells that keeps to the height; else the lowest one.
    let inner = |across: usize| (width - (across - 1) as f64 * between.0) / across as f64;
    let pitch_of = |across: usize| {
        let room = inner(across) - f64::from(groups - 1);
        let pitch = (room / f64::from(columns)).min(12.0);
        // Whole pixels where there is room, halves below (sharp on dense screens).
        if pitch >= 5.0 {
            pitch.floor()
        } else {
            ((pitch * 2.0).floor() / 2.0).max(1.5)
        }
    };
    let height_of = |across: usize| {
        let down = count.div_ceil(across) as f64;
        down * (head + f64::from(rows) * pitch_of(across) + between.1) - between.1
    };
    let fits = |across: &usize| f64::from(columns) * 1.5 <= inner(*across).max(1.0) || *across == 1;
    let options: Vec<usize> = (1..=count.min(512)).filter(fits).collect();
    let across = options
        .iter()
        .copied()
        .filter(|a| height_of(*a) <= height)
        .max_by(|a, b| pitch_of(*a).total_cmp(&pitch_of(*b)).then(b.cmp(a)))
        .or_else(|| {
            options
                .iter()
                .copied()
                .min_by(|a, b| height_of(*a).total_cmp(&height_of(*b)))
        })
        .unwrap_or(1);
    let pitch = pitch_of(across);
    let spread = (inner(across) - pitch * f64::from(columns)) / f64::from((groups - 1).max(1));
    let group_gap = if groups > 1 {
        spread.floor().clamp(1.0, 6.0).min(pitch)
    } else {
        0.0
    };
    let used = pitch * f64::from(columns) + group_gap * f64::from(groups - 1);
    // Small factories stand together at the left instead of being strewn over the width.
    let node_width = if used + between.0 < inner(across) && columns < 32 {
        used
    } else {
        inner(across)
    };
    let node_height = head + f64::from(rows) * pitch;
    let nodes = cells
        .iter()
        .zip(&grids)
        .enumerate()
        .map(|(i, (cells, grid))| {
            let (column, row) = (i % across, i / across);
            let x = (column as f64 * (node_width + between.0)).floor();
            let y = row as f64 * (node_height + between.1);
            ((x, y.floor()), *cells, *grid)
        })
        .collect();
    let down = count.div_ceil(across) as f64;
    let size = (
        width,
        (down * (node_height + between.1) - between.1 + 2.0).ceil(),
    );
    Floor {
        size,
        per_cell,
        pitch,
        group_gap,
        nodes,
        node_width,
        headed,
    }
}

impl Floor {
    /// Upper left of a cell and its side; `None` = no such cell.
    pub fn cell(&self, cell: Cell) -> Option<(Xy, f64)> {
        let (at, cells, grid) = self.nodes.get(cell.node)?;
        if cell.index >= *cells {
            return None;
        }
        let (column, row) = (cell.index % grid.columns, cell.index / grid.columns);
        let gaps = column.checked_div(grid.group).unwrap_or(0);
        let x = at.0 + f64::from(column) * self.pitch + f64::from(gaps) * self.group_gap;
        let y = at.1 + self.head() + f64::from(row) * self.pitch;
        let gap = if self.pitch >= 4.0 { 1.0 } else { 0.5 };
        Some(((x, y), self.pitch - gap))
    }

    fn head(&self) -> f64 {
        if self.headed { HEAD } else { 0.0 }
    }

    /// The cell under (or next to) a pixel.
    pub fn at(&self, at: Xy) -> Option<Cell> {
        let node = self.nodes.iter().position(|((x, y), cells, grid)| {
            let gaps = if grid.group == 0 {
                0
            } else {
                grid.columns.div_ceil(grid.group) - 1
            };
            let w = f64::from(grid.columns) * self.pitch + f64::from(gaps) * self.group_gap;
            let h = self.head() + f64::from(cells.div_ceil(grid.columns)) * self.pitch;
            (*x - 2.0..*x + w + 2.0).contains(&at.0)
                && (*y + self.head() - 2.0..*y + h + 2.0).contains(&at.1)
        })?;
        let ((x, y), cells, grid) = *self.nodes.get(node)?;
        let row = ((at.1 - y - self.head()) / self.pitch).floor().max(0.0) as u32;
        let block = f64::from(grid.group) * self.pitch + self.group_gap;
        let across = (at.0 - x).max(0.0);
        let column = if grid.group == 0 {
            (across / self.pitch) as u32
        } else {
            let group = (across / block).floor();
            let inside = ((across - group * block) / self.pitch) as u32;
            group as u32 * grid.group + inside.min(grid.group - 1)
        };
        let column = column.min(grid.columns - 1);
        let index = row.min(grid.rows - 1) * grid.columns + column;
        (index < cells).then_some(Cell { node, index })
    }

    /// Where the keyboard cursor goes: `right` and `down` cells on. Walking over the edge of a
    /// super-node leads into the next one.
    pub fn step(&self, from: Option<Cell>, right: i64, down: i64) -> Option<Cell> {
        let first = self.nodes.iter().position(|n| n.1 > 0)?;
        let Some(from) = from.filter(|c| self.cell(*c).is_some()) else {
            return Some(Cell {
                node: first,
                index: 0,
            });
        };
        let (_, cells, grid) = *self.nodes.get(from.node)?;
        let columns = i64::from(grid.columns);
        let row = i64::from(from.index) / columns + down;
        let column = i64::from(from.index) % columns + right;
        let row = row.clamp(0, i64::from(grid.rows) - 1);
        let neighbour = |forward: bool| {
            let mut nodes: Box<dyn Iterator<Item = usize>> = if forward {
                Box::new(from.node + 1..self.nodes.len())
            } else {
                Box::new((0..from.node).rev())
            };
            nodes.find(|n| self.nodes.get(*n).is_some_and(|n| n.1 > 0))
        };
        let (node, column) = if column >= columns {
            neighbour(true).map_or((from.node, columns - 1), |n| (n, 0))
        } else if column < 0 {
            neighbour(false).map_or((from.node, 0), |n| (n, i64::MAX))
        } else {
            (from.node, column)
        };
        let (_, there, grid) = if node == from.node {
            ((0.0, 0.0), cells, grid)
        } else {
            *self.nodes.get(node)?
        };
        let row = row.min(i64::from(grid.rows) - 1);
        let index = row * i64::from(grid.columns) + column.min(i64::from(grid.columns) - 1);
        let index = u32::try_from(index).ok()?.min(there.checked_sub(1)?);
        Some(Cell { node, index })
    }
}

/// How a cell looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellPaint {
    /// Filled.
    Fill(Paint),
    /// An outline only.
    Hollow(Paint),
    /// Filled and crossed out: trouble.
    Crossed(Paint),
}

/// What the caller says about a super-node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heading {
    /// Its name.
    pub name: String,
    /// What there is to say; left out where there is no room.
    pub status: String,
    /// The status is trouble.
    pub bad: bool,
}

/// What the floor shows. One entry per super-node in each list; one per cell ([`per_cell`]) inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloorSpec {
    /// Cards of each super-node.
    pub cards: Vec<u32>,
    /// Look of each cell; a missing one is hollow.
    pub cells: Vec<Vec<CellPaint>>,
    /// Name and status of each super-node.
    pub headings: Vec<Heading>,
    /// Colour of the edge of a row, by its first and last cell (the role, where cells show something
    /// else); empty = none.
    pub strips: Vec<Vec<Option<Token>>>,
}

/// The floor as a scene.
pub fn floor_scene(floor: &Floor, spec: &FloorSpec, env: &Env) -> Scene {
    let hollow = CellPaint::Hollow(Token::Spare.into());
    let mut shapes = Vec::new();
    for (node, (at, cells, grid)) in floor.nodes.iter().enumerate() {
        if floor.headed {
            let heading = spec.headings.get(node).cloned().unwrap_or_default();
            headings(&heading, *at, floor.node_width, env, &mut shapes);
        }
        for index in 0..*cells {
            let cell = Cell { node, index };
            let Some((at, side)) = floor.cell(cell) else {
                continue;
            };
            let size = (side, side);
            match at_cell(&spec.cells, cell).unwrap_or(hollow) {
                CellPaint::Fill(paint) => shapes.push(Shape::Rect { at, size, paint }),
                CellPaint::Hollow(paint) => {
                    let width = if side >= 4.0 { 1.0 } else { 0.5 };
                    shapes.push(Shape::Frame {
                        at,
                        size,
                        paint,
                        width,
                    });
                }
                CellPaint::Crossed(paint) => {
                    shapes.push(Shape::Rect { at, size, paint });
                    let (a, b) = (1.5, side - 1.5);
                    let cross = [[(a, a), (b, b)], [(b, a), (a, b)]];
                    shapes.extend(cross.map(|line| Shape::Path {
                        points: line.iter().map(|p| (at.0 + p.0, at.1 + p.1)).collect(),
                        paint: Token::Surface0.into(),
                        width: 1.5,
                        dash: (0.0, 0.0),
                    }));
                }
            }
            let column = index % grid.columns;
            let edge = column == 0 || column + 1 == grid.columns;
            if let Some(token) = at_cell(&spec.strips, cell).flatten().filter(|_| edge) {
                let x = if column == 0 {
                    at.0 - 4.0
                } else {
                    at.0 + side + 2.0
                };
                shapes.push(Shape::Rect {
                    at: (x, at.1),
                    size: (2.0, side),
                    paint: token.into(),
                });
            }
        }
    }
    Scene {
        size: floor.size,
        plot_size: floor.size,
        shapes,
        ..Scene::default()
    }
}

fn at_cell<T: Copy>(lists: &[Vec<T>], cell: Cell) -> Option<T> {
    lists.get(cell.node)?.get(cell.index as usize).copied()
}

fn headings(heading: &Heading, at: Xy, width: f64, env: &Env, out: &mut Vec<Shape>) {
    let size = LABEL_SIZE + 1.0;
    let name_width = (env.measure)(&heading.name, size, true);
    let y = at.1 + 9.0;
    let name = if name_width <= width {
        heading.name.clone()
    } else {
        clip(&heading.name, width, env)
    };
    out.push(Shape::Text {
        at: (at.0, y),
        text: name,
        size,
        bold: true,
        anchor: Anchor::Start,
        paint: Token::Ink1.into(),
    });
    let status_width = (env.measure)(&heading.status, LABEL_SIZE, false);
    if !heading.status.is_empty() && name_width + 14.0 + status_width <= width {
        out.push(Shape::Text {
            at: (at.0 + width, y),
            text: heading.status.clone(),
            size: LABEL_SIZE,
            bold: false,
            anchor: Anchor::End,
            paint: if heading.bad { Token::Bad } else { Token::Ink3 }.into(),
        });
    }
}

/// Shapes of the cursor on a cell, for the overlay.
pub fn cursor(floor: &Floor, cell: Cell, token: Token) -> Vec<Shape> {
    let Some((at, side)) = floor.cell(cell) else {
        return Vec::new();
    };
    let frame = |grow: f64, paint: Token, width: f64| Shape::Frame {
        at: (at.0 - grow, at.1 - grow),
        size: (side + 2.0 * grow, side + 2.0 * grow),
        paint: paint.into(),
        width,
    };
    vec![frame(4.0, Token::Surface0, 1.5), frame(3.0, token, 2.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_super_node_is_twelve_racks_of_thirty_two() {
        assert_eq!(
            grid(384),
            Grid {
                columns: 32,
                rows: 12,
                group: 8
            }
        );
        assert_eq!(
            grid(8),
            Grid {
                columns: 8,
                rows: 1,
                group: 0
            }
        );
        assert_eq!(
            grid(72),
            Grid {
                columns: 18,
                rows: 4,
                group: 0
            }
        );
        let g = grid(8960);
        assert!(g.columns > g.rows && g.columns * g.rows >= 8960, "{g:?}");
    }

    #[test]
    fn wuxi_stands_in_one_row_on_a_desk_and_two_on_a_phone() {
        let wide = lay_out(&[384; 4], 1036.0, 200.0);
        assert!(wide.nodes.iter().all(|n| n.0.1 == 0.0));
        assert_eq!(wide.pitch, 7.0);
        let phone = lay_out(&[384; 4], 358.0, 200.0);
        assert_eq!(phone.nodes[2].0.0, 0.0);
        assert!(phone.pitch >= 4.0 && phone.size.1 < 220.0, "{phone:?}");
    }

    #[test]
    fn ten_thousand_cards_keep_a_cell_each() {
        let floor = lay_out(&[384; 27], 1036.0, 320.0);
        assert_eq!(floor.per_cell, 1);
        assert!(floor.pitch >= 2.5, "{}", floor.pitch);
        assert!(floor.size.1 < 420.0, "{:?}", floor.size);
        assert_eq!(lay_out(&[8; 1280], 1036.0, 320.0).per_cell, 1);
        assert!(lay_out(&[384; 1000], 1036.0, 320.0).per_cell > 1);
    }

    proptest! {
        #[test]
        fn the_pointer_finds_every_cell_where_it_is_drawn(cards in proptest::collection::vec(0u32..400, 1..9), width in 60.0f64..2000.0) {
            let floor = lay_out(&cards, width, 200.0);
            for (node, n) in cards.iter().enumerate() {
                for index in (0..*n).step_by(7) {
                    let cell = Cell { node, index };
                    let (at, side) = floor.cell(cell).unwrap();
                    prop_assert!(at.0 + side <= width.max(40.0) + 1.0 || floor.pitch <= 1.5);
                    prop_assert_eq!(floor.at((at.0 + side / 2.0, at.1 + side / 2.0)), Some(cell));
                }
            }
        }

        #[test]
        fn the_cursor_stays_on_the_floor(cards in proptest::collection::vec(0u32..100, 0..5), steps in proptest::collection::vec((-20i64..20, -20i64..20), 0..30)) {
            let floor = lay_out(&cards, 500.0, 200.0);
            let mut at = None;
            for (right, down) in steps {
                at = floor.step(at, right, down);
                prop_assert_eq!(at.is_some(), cards.iter().any(|c| *c > 0));
                prop_assert!(at.is_none_or(|c| floor.cell(c).is_some()));
            }
        }
    }
}
