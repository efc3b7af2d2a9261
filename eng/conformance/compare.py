"""Compares the results of one test-suite on two servers: compare.py apache own, each the beginning of the names of JUnit files."""
import collections
import glob
import sys
import xml.etree.ElementTree as tree


def results(prefix):
    """The best outcome of each test over its runs: a test that failed was run again, and may have been unlucky the first time."""
    rank = {"passed": 0, "skipped": 1, "failed": 2}
    outcomes = {}
    again = set()
    for name in sorted(glob.glob(prefix + "*.xml")):
        for case in tree.parse(name).iter("testcase"):
            key = "%s.%s" % (case.get("classname"), case.get("name"))
            kinds = {child.tag for child in case}
            outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
            if key in outcomes and outcomes[key] == "failed" and outcome == "passed":
                again.add(key)
            if key not in outcomes or rank[outcome] < rank[outcomes[key]]:
                outcomes[key] = outcome
    return outcomes, again


def main(apache_prefix, own_prefix):
    apache, apache_again = results(apache_prefix)
    own, own_again = results(own_prefix)
    print("%-24s %8s %8s %8s %8s   %s" % ("server", "tests", "passed", "failed", "skipped", "passed at the second attempt"))
    for name, outcomes, again in (("Apache ZooKeeper", apache, apache_again), ("this server", own, own_again)):
        count = collections.Counter(outcomes.values())
        print("%-24s %8d %8d %8d %8d   %d" % (name, len(outcomes), count["passed"], count["failed"], count["skipped"], len(again)))

    problems = 0
    for key in sorted(apache.keys() | own.keys()):
        theirs, ours = apache.get(key, "absent"), own.get(key, "absent")
        if theirs == ours:
            if theirs == "failed":
                print("fails with both: %s" % key)
            continue
        better = theirs == "failed" and ours == "passed"
        problems += not better
        print("%s: Apache %s, ours %s: %s" % ("better" if better else "DIFFERENT", theirs, ours, key))

    if not apache or not own:
        print("no results")
        return 1
    print("differences to our disadvantage: %d" % problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
