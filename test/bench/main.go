// Bench compares this exporter with others, and with what bounds it, side by side in one run. The script run builds what it needs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

// bench is one comparison: how it is made, and what it has found.
type bench struct {
	// Paths of programs. Those that may be empty are left out of the comparison.
	self, exporter, minimal string
	nginx, blackbox         string // may be empty

	only    string // the one part that is compared; empty for all
	rounds  int
	largest int // series
	rows    int // of the report that is summed

	tables  []table
	targets []target
}

// The parts of a comparison.
const (
	partScrapes   = "scrapes"
	partSums      = "sums"
	partResources = "resources"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// commandLine returns the flags that a person may use, and b set to their defaults. Document gets the file to write into.
func commandLine() (app *kingpin.Application, b *bench, document *string) {
	app, b, document = kingpin.New("test/bench/run", "Compares statsig_exporter with other exporters."), &bench{}, new(string)
	app.Flag("only", "Compare one part: scrapes, sums or resources.").EnumVar(&b.only, partScrapes, partSums, partResources)
	app.Flag("rounds", "Rounds of which the median is taken.").Default("5").IntVar(&b.rounds)
	app.Flag("series", "The largest number of series.").Default("1000000").IntVar(&b.largest)
	app.Flag("rows", "Rows of the report that is summed.").Default("1000000").IntVar(&b.rows)
	app.Flag("write", "Write the result into this document.").ExistingFileVar(document)
	return app, b, document
}

func run(ctx context.Context, args []string) error {
	app, b, document := commandLine()
	for name, path := range map[string]*string{
		"self": &b.self, "exporter": &b.exporter, "minimal": &b.minimal, "nginx": &b.nginx, "blackbox": &b.blackbox,
	} {
		app.Flag(name, "Set by the script.").Hidden().StringVar(path)
	}
	compare := app.Command("compare", "Compare everything.").Default()
	serve := app.Command("serve", "Serve series as most exporters do.").Hidden()
	series, address := serve.Arg("series", "").Int(), serve.Arg("address", "").String()
	command, err := app.Parse(args)
	if err != nil {
		return err
	}
	if command != compare.FullCommand() {
		return serveGaugeVec(ctx, *address, *series)
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	var text strings.Builder
	for _, t := range append([]table{targetTable(b.targets)}, b.tables...) {
		t.write(&text)
	}
	fmt.Print(text.String())
	if *document == "" {
		return nil
	}
	return writeInto(*document, text.String())
}

func (b *bench) measure(ctx context.Context) error {
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
	}{{partScrapes, b.compareScrapes}, {partSums, b.compareSums}, {partResources, b.compareResources}} {
		if b.only == "" || b.only == part.name {
			if err := part.measure(ctx); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
		}
	}
	return nil
}

// progress says what is being measured.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
