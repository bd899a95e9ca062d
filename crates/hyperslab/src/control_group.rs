//! The memory that the system allows this process: limits of its control groups, of both versions, and its own.

use std::path::{Path, PathBuf};

/// Bytes that the process may have at most, if it has limits: the least of those of its groups, of the groups around them,
/// and of its address space. `read` gives the texts of files.
pub(crate) fn memory_limit(read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let text = |path: &str| read(Path::new(path)).unwrap_or_default();
    let groups = directories(&text("/proc/self/cgroup"), &text("/proc/self/mountinfo"));
    let files = groups.iter().flat_map(|d| ["memory.max", "memory.high", "memory.limit_in_bytes"].map(|f| d.join(f)));
    // "max" is no number and no limit.
    let of_groups = files.filter_map(|f| read(&f)?.trim().parse().ok());
    of_groups.chain(own_limits(&text("/proc/self/limits"))).min()
}

/// Limits of the process's address space and data, as `/proc/self/limits` has them: the soft ones.
fn own_limits(limits: &str) -> impl Iterator<Item = u64> + '_ {
    let names = ["Max address space", "Max data size"];
    limits.lines().filter_map(move |line| {
        let rest = names.iter().find_map(|n| line.strip_prefix(n))?;
        rest.split_whitespace().next()?.parse().ok()
    })
}

/// Where the files of the process's memory groups lie, each group followed by those around it.
fn directories(cgroup: &str, mountinfo: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for mount in mountinfo.lines().filter_map(Mount::parse) {
        let group = cgroup.lines().find_map(|line| group_of(line, mount.version));
        // A group outside of what is mounted is that of another namespace: the mount is all there is to see.
        let inside = group.and_then(|g| g.strip_prefix(&mount.root).ok()).filter(|g| !g.starts_with(".."));
        let own = mount.point.join(inside.unwrap_or(Path::new("")));
        found.extend(own.ancestors().take_while(|d| d.starts_with(&mount.point)).map(Path::to_path_buf));
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Version {
    One,
    Two,
}

/// A line of `/proc/self/cgroup`, `number:controllers:path`: the path, if the group has memory limits.
fn group_of(line: &str, version: Version) -> Option<&Path> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let fits = match version {
        Version::One => controllers.split(',').any(|c| c == "memory"),
        Version::Two => controllers.is_empty(),
    };
    fits.then(|| Path::new(path))
}

/// Where a hierarchy of groups with memory limits is mounted.
struct Mount {
    version: Version,
    /// The group whose directory it is.
    root: PathBuf,
    point: PathBuf,
}

impl Mount {
    /// A line of `/proc/self/mountinfo`: `… … … root point options … - type source options`.
    fn parse(line: &str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut last = after.split(' ');
        let version = match last.next()? {
            "cgroup2" => Version::Two,
            "cgroup" if last.nth(1)?.split(',').any(|o| o == "memory") => Version::One,
            _ => return None,
        };
        let mut first = before.split(' ').skip(3).map(unescaped);
        Some(Mount { version, root: first.next()?, point: first.next()? })
    }
}

/// Spaces, tabs, ends of lines and backslashes stand in `mountinfo` as `\` and three octal digits.
fn unescaped(field: &str) -> PathBuf {
    let (mut out, mut rest) = (String::new(), field);
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        match after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = &after[3..];
            }
            None => {
                out.push('\\');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = "22 28 0:20 / /proc rw - proc proc rw\n\
                      30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
                      33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      36 31 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n";
    const UNLIMITED: &str = "Limit                     Soft Limit           Hard Limit           Units     \n\
                             Max data size             unlimited            unlimited            bytes     \n\
                             Max address space         unlimited            unlimited            bytes     \n";

    fn limit(files: &[(&str, &str)]) -> Option<u64> {
        memory_limit(|path| Some(files.iter().find(|f| Path::new(f.0) == path)?.1.to_string()))
    }

    /// The files that say which groups there are, and a file of limits.
    fn limit_in(cgroup: &str, mountinfo: &str, files: &[(&str, &str)]) -> Option<u64> {
        let about =
            [("/proc/self/cgroup", cgroup), ("/proc/self/mountinfo", mountinfo), ("/proc/self/limits", UNLIMITED)];
        limit(&[&about, files].concat())
    }

    #[test]
    fn the_group_of_a_service_limits_it_and_so_do_those_around_it() {
        let cgroup = "0::/system.slice/batch.slice/job.service\n";
        let own = ("/sys/fs/cgroup/system.slice/batch.slice/job.service/memory.max", "4000\n");
        let around = ("/sys/fs/cgroup/system.slice/memory.max", "3000\n");
        let none = ("/sys/fs/cgroup/system.slice/batch.slice/memory.max", "max\n");
        let another = ("/sys/fs/cgroup/user.slice/memory.max", "10\n");
        assert_eq!(limit_in(cgroup, V2, &[own, none, another]), Some(4000));
        assert_eq!(limit_in(cgroup, V2, &[own, none, around]), Some(3000));
        assert_eq!(limit_in(cgroup, V2, &[none, another]), None);
        let soft = ("/sys/fs/cgroup/system.slice/batch.slice/memory.high", "2000\n");
        assert_eq!(limit_in(cgroup, V2, &[own, soft]), Some(2000));
    }

    #[test]
    fn the_group_of_a_job_of_the_first_version_limits_it() {
        let cgroup = "9:cpu,cpuacct:/slurm/cpus\n4:memory:/slurm/uid_7/job_1/step_0\n0::/init.scope\n";
        let at = |group: &str| format!("/sys/fs/cgroup/memory/{group}memory.limit_in_bytes");
        let (step, job, root) = (at("slurm/uid_7/job_1/step_0/"), at("slurm/uid_7/job_1/"), at(""));
        let unlimited = "9223372036854771712\n";
        assert_eq!(limit_in(cgroup, V1, &[(&step, unlimited), (&job, "5000\n"), (&root, unlimited)]), Some(5000));
        assert_eq!(limit_in(cgroup, V1, &[(&at("slurm/cpus/"), "10\n"), (&step, "6000\n")]), Some(6000));
    }

    #[test]
    fn what_a_container_sees_is_its_own_directory() {
        let inside = "30 22 0:26 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let top = ("/sys/fs/cgroup/memory.max", "700\n");
        assert_eq!(limit_in("0::/docker/ab/task\n", inside, &[top]), Some(700));
        assert_eq!(
            limit_in("0::/docker/ab/task\n", inside, &[top, ("/sys/fs/cgroup/task/memory.max", "600")]),
            Some(600)
        );
        assert_eq!(limit_in("0::/elsewhere\n", inside, &[top]), Some(700));
        for outside in ["0::/../../other\n", "0::/../task\n", ""] {
            assert_eq!(limit_in(outside, inside, &[top, ("/sys/fs/cgroup/task/memory.max", "600")]), Some(700));
            assert_eq!(limit_in(outside, V2, &[top, ("/sys/fs/cgroup/task/memory.max", "600")]), Some(700));
        }
        let spaced = "30 22 0:26 / /groups\\040of\\134all rw - cgroup2 cgroup2 rw\n";
        assert_eq!(limit_in("0::/a\n", spaced, &[("/groups of\\all/a/memory.max", "500")]), Some(500));
    }

    #[test]
    fn the_address_space_limits_too_and_nothing_is_no_limit() {
        let limits = UNLIMITED.replacen("space         unlimited", "space         4096", 1);
        assert_eq!(limit(&[("/proc/self/limits", &limits)]), Some(4096));
        assert_eq!(limit(&[]), None);
        assert_eq!(limit_in("garbage\n::\n", "garbage - cgroup\n- cgroup2\n", &[]), None);
    }
}
