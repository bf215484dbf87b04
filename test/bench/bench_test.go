// Package bench compares this exporter with others, and with what bounds it, side by side in one run. The script run builds what it
// needs.
package bench

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// bench is one comparison: what it needs, and what it has found.
type bench struct {
	*testing.T
	programs string // the directory of the exporter and of what it is compared with
	nginx    string // its path; empty to leave it out
	rounds   int
	series   int // the largest number
	rows     int // of the report that is summed
	results  []result
}

func TestCompare(t *testing.T) {
	b := &bench{T: t}
	flags := flag.NewFlagSet("test/bench/run", flag.ContinueOnError)
	flags.StringVar(&b.programs, "programs", "", "set by the script")
	flags.StringVar(&b.nginx, "nginx", "", "set by the script")
	flags.IntVar(&b.rounds, "rounds", 5, "rounds of which the median is taken")
	flags.IntVar(&b.series, "series", 1_000_000, "the largest number of series")
	flags.IntVar(&b.rows, "rows", 1_000_000, "rows of the report that is summed")
	document := flags.String("write", "", "write the result into this document")
	if err := flags.Parse(flag.Args()); errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		t.Fatal(err)
	}
	if b.programs == "" {
		t.Skip("test/bench/run compares")
	}
	b.compareScrapes()
	b.compareSums()
	b.compareResources()
	fmt.Print(table(b.results))
	if *document != "" {
		b.check(writeInto(*document, table(b.results)))
	}
}

// check ends the comparison if there is an error.
func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// program returns the path of a program that the script has built.
func (b *bench) program(name string) string { return filepath.Join(b.programs, name) }

// progress says what is being measured.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
