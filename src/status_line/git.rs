//! The branch of a work tree, without running git.

use std::{fs, path::Path};

/// The branch that is checked out around a folder; none outside of a repository, or on no branch.
pub(super) fn branch(folder: &Path) -> Option<String> {
    let (root, git) = folder.ancestors().take(64).find_map(|folder| {
        let git = folder.join(".git");
        git.exists().then_some((folder, git))
    })?;
    let head = match git.is_dir() {
        true => git.join("HEAD"),
        // A work tree of its own, or a submodule, has a file that names the folder.
        false => root.join(fs::read_to_string(&git).ok()?.strip_prefix("gitdir:")?.trim()).join("HEAD"),
    };
    let head = fs::read_to_string(head).ok()?;
    head.strip_prefix("ref: refs/heads/").map(|branch| branch.trim().to_owned()).filter(|branch| branch != ".invalid")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_found_from_below_and_through_work_trees() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join(".git/worktrees/w")).unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir_all(root.join("tree")).unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/feature/x\n").unwrap();
        fs::write(root.join(".git/worktrees/w/HEAD"), "ref: refs/heads/w\n").unwrap();
        fs::write(root.join("tree/.git"), format!("gitdir: {}\n", root.join(".git/worktrees/w").display())).unwrap();
        assert_eq!(branch(&root.join("a/b")).as_deref(), Some("feature/x"));
        assert_eq!(branch(&root.join("tree")).as_deref(), Some("w"));
        fs::write(root.join(".git/HEAD"), "0123456789abcdef\n").unwrap();
        assert_eq!(branch(root), None);
    }
}
