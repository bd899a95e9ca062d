//! Every size that lowering chooses by, in one place, so that tests can have many tasks of small arrays.

/// Sizes of tasks, tiles, blocks and windows. The bits of a result may depend on them, never on threads or budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Bytes that a task should move: large enough to hide its set-up, small enough to share out and to stay in cache.
    pub task_bytes: u64,
    /// Lower bound of a task's bytes, for small arrays.
    pub min_task_bytes: u64,
    /// Tasks that a small array should give.
    pub min_tasks: u64,
    /// Tasks that are left when cells are made wider.
    pub wide_tasks: u64,
    /// Bytes of tasks that are not cut finer to keep all threads busy.
    pub worth_cutting: u64,

    /// Bytes of the widest register or input of a tile: enough to hide the calls, and to let memory stream by meanwhile.
    pub register_bytes: usize,
    /// Bytes of all registers of a tile together: they stay in the second level of the cache.
    pub registers_bytes: usize,
    /// Bytes of the widest register or input of a tall tile: it stays in the first level of the cache.
    pub tall_bytes: usize,
    /// Elements of a tall tile that is only folded or moved: nothing but the input passes through the cache.
    pub plain_tile: usize,
    /// Bytes of the widest register or input of a tile whose columns are folded or scanned.
    pub column_bytes: usize,
    /// Bytes of a result that no cache holds until somebody reads it.
    pub past_cache: u64,

    /// Side of the blocks in which arrays whose memory runs along different axes are walked together: both then use
    /// whole cache lines and few pages.
    pub turned_side: u64,
    /// Bytes of a box that source and target both cut whole; beyond it, only the target is cut whole.
    pub common_bytes: u64,
    /// Rows and columns of a block of a product.
    pub product_side: u64,
    /// Elements along the summed axes of a product that are multiplied at once.
    pub product_summed: u64,

    /// Elements that each result of a cell of a reduction should fold.
    pub fold_depth: u64,
    /// Elements of a row that is not cut shorter for the sake of depth.
    pub shortest_row: u64,
    /// Tasks that are left when cells are folded one after the other.
    pub fewest_tasks: u64,

    /// Largest cell that holds a whole scanned axis: a quarter of the array, between these bytes.
    pub scan_whole_bytes: (u64, u64),
    /// Bytes of a cell of one block of a scan, where the axis is cut: a sixteenth of the array, between these.
    pub scan_block_bytes: (u64, u64),
    /// Shortest block of a scan: results at the end of blocks stay few.
    pub scan_min_block: u64,
    /// Neighbouring lanes that a cell of a scan holds at least, so that rows are read in runs of some cache lines.
    pub min_lanes: u64,
    /// Lanes that a cell takes of an array in memory, when there are enough: pages of memory rather than cache lines.
    pub max_lanes: u64,
    /// Bytes of the part of a scan that is scanned at once where it is evaluated by region.
    pub scan_window_bytes: u64,
    /// Bytes of a cell that several scans along different axes may ask for together.
    pub largest_cell: u64,

    /// Rows of a gather that are read at once: a window of this many times the rows asked for.
    pub gather_window: u64,
    /// Bytes between two rows of a gather that are read with them rather than passed over.
    pub gather_gap: u64,

    /// How often an array is read before it is worth keeping.
    pub kept_reads: u64,
    /// Bytes that keeping an array must save.
    pub kept_saves: u64,
    /// Share of the budget that an array may take to be kept in memory: one part of this many.
    pub kept_share: u64,
    /// Bytes of slots that stay in memory.
    pub small_slot: u64,
    /// Bytes of a block on disk at most: what a read from disk, or a write to it, passes through.
    pub disk_block: u64,
    /// Bytes of a block on disk at least: a page. Wider ones would be read by several tasks.
    pub min_disk_block: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Tuning {
            task_bytes: 4 << 20,
            min_task_bytes: 256 << 10,
            min_tasks: 64,
            wide_tasks: 8,
            worth_cutting: 256 << 10,
            register_bytes: 32 << 10,
            registers_bytes: 256 << 10,
            tall_bytes: 8192,
            plain_tile: 4096,
            column_bytes: 4096,
            past_cache: 64 << 20,
            turned_side: 512,
            common_bytes: 16 << 20,
            product_side: 768,
            product_summed: 1024,
            fold_depth: 64,
            shortest_row: 512,
            fewest_tasks: 16,
            scan_whole_bytes: (1 << 20, 16 << 20),
            scan_block_bytes: (256 << 10, 4 << 20),
            scan_min_block: 32,
            min_lanes: 64,
            max_lanes: 512,
            scan_window_bytes: 1 << 20,
            largest_cell: 64 << 20,
            gather_window: 4,
            gather_gap: 32 << 10,
            kept_reads: 3,
            kept_saves: 8 << 20,
            kept_share: 4,
            small_slot: 64 << 10,
            disk_block: 1 << 20,
            min_disk_block: 4 << 10,
        }
    }
}
