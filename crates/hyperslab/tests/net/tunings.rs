//! Sizes that give small arrays many tasks, tiles and blocks.

use hyperslab::Tuning;

use crate::random::Random;

/// Small sizes, which the word decides.
pub fn small(word: u64) -> Tuning {
    let mut r = Random::new(word);
    let task = r.one_of(&[16, 64, 256, 1024]);
    let disk = r.one_of(&[64, 512, 8192]);
    Tuning {
        task_bytes: task,
        min_task_bytes: task / r.one_of(&[1, 4]),
        min_tasks: r.one_of(&[1, 4, 64]),
        wide_tasks: r.one_of(&[1, 2, 8]),
        worth_cutting: r.one_of(&[16, 1024]),
        register_bytes: r.one_of(&[16, 64, 512, 32 << 10]),
        registers_bytes: r.one_of(&[64, 1024, 256 << 10]),
        tall_bytes: r.one_of(&[16, 64, 512]),
        plain_tile: r.one_of(&[1, 4, 33]),
        column_bytes: r.one_of(&[16, 64, 256]),
        past_cache: r.one_of(&[1, 64 << 20]),
        turned_side: r.one_of(&[2, 5, 16]),
        common_bytes: r.one_of(&[64, 4096]),
        product_side: r.one_of(&[2, 5, 16]),
        product_summed: r.one_of(&[2, 3, 16]),
        fold_depth: r.one_of(&[1, 4, 16]),
        shortest_row: r.one_of(&[1, 8]),
        fewest_tasks: r.one_of(&[1, 4, 16]),
        scan_whole_bytes: r.one_of(&[(16, 64), (64, 1024)]),
        scan_block_bytes: r.one_of(&[(16, 64), (64, 512)]),
        scan_min_block: r.one_of(&[1, 2, 7]),
        min_lanes: r.one_of(&[1, 2, 4]),
        max_lanes: r.one_of(&[4, 16]),
        scan_window_bytes: r.one_of(&[8, 64, 1024]),
        largest_cell: r.one_of(&[64, 4096]),
        gather_window: r.one_of(&[1, 2, 4]),
        gather_gap: r.one_of(&[1, 64, 32 << 10]),
        kept_reads: r.one_of(&[2, 3]),
        kept_saves: r.one_of(&[1, 256]),
        kept_share: r.one_of(&[1, 4]),
        small_slot: r.one_of(&[0, 64]),
        disk_block: disk,
        min_disk_block: r.one_of(&[8, 64]),
    }
}
