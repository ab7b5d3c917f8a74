/**
 * Rules of the pinned rules artifact (`artifacts.falcoRules` in versions.ts). Falco refuses to start when an exception
 * names a rule that it does not have, so the names are checked before anything is created.
 */
export const stockRules: readonly string[] = [
  "Clear Log Activities",
  "Contact K8S API Server From Container",
  "Create Hardlink Over Sensitive Files",
  "Create Symlink Over Sensitive Files",
  "Debugfs Launched in Privileged Container",
  "Detect release_agent File Container Escapes",
  "Directory traversal monitored file read",
  "Disallowed SSH Connection Non Standard Port",
  "Drop and execute new binary in container",
  "Execution from /dev/shm",
  "Fileless execution via memfd_create",
  "Find AWS Credentials",
  "Linux Kernel Module Injection Detected",
  "Netcat Remote Code Execution in Container",
  "PTRACE anti-debug attempt",
  "PTRACE attached to process",
  "Packet socket created in container",
  "Read sensitive file trusted after startup",
  "Read sensitive file untrusted",
  "Redirect STDOUT/STDIN to Network Connection in Container",
  "Remove Bulk Data from Disk",
  "Run shell untrusted",
  "Search Private Keys or Passwords",
  "System user interactive",
  "Terminal shell in container",
];

/** Operators of exceptions that compare one field with one value. */
export const plainComps = [
  "=",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "contains",
  "icontains",
  "bcontains",
  "startswith",
  "bstartswith",
  "endswith",
  "glob",
  "iglob",
  "regex",
] as const;

/** Operators of exceptions that compare one field with a list. */
export const listComps = ["in", "intersects", "pmatch"] as const;
