// Bench compares this exporter with others, and with what bounds it, side by side
// in one run. It is started by the script run, which builds what it needs.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

// programs are the paths of what is run. Those that may be empty are left out
// of the comparison then.
type programs struct {
	self, exporter, minimal string
	nginx, blackbox         string // may be empty
	duckdb, script, node    string // may be empty
}

// settings are the command line.
type settings struct {
	scrapes   scrapeOptions
	refresh   refreshOptions
	resources resourceOptions
	programs  programs
	document  string // what --write writes into
	missing   []string
	write     bool

	variant, address, way, file, plan string
	series                            int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	app, s := newApp()
	command := kingpin.MustParse(app.Parse(os.Args[1:]))
	if err := s.run(ctx, command, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// newApp returns the command line and where it is parsed to.
func newApp() (*kingpin.Application, *settings) {
	app := kingpin.New("test/bench/run", "Compares statsig_exporter with others. CPU is that of the servers, by the operating system.")
	s := &settings{}
	app.Command("all", "Every comparison.").Default()
	app.Command("short", "A small part of all, in a minute. Fails if allocations, bytes or ratios of CPU are far from their targets.")
	app.Command("scrapes", "Scrapes only.")
	app.Command("refresh", "From report to sums only.")
	app.Command("resources", "Memory, refreshes, starts and size only.")
	app.Flag("series", "Sizes that are scraped.").Default("1000", "10000", "100000", "1000000").IntsVar(&s.scrapes.sizes)
	names := []string{exporter, gaugeVec, cached, victoria, static}
	app.Flag("variant", "Servers that are scraped.").Default(names...).EnumsVar(&s.scrapes.variants, names...)
	app.Flag("encoding", "Encodings that are asked for.").Default(encodings()...).EnumsVar(&s.scrapes.encodings, encodings()...)
	app.Flag("scrapers", "How many scrape at a time.").Default("1", "8").IntsVar(&s.scrapes.scrapers)
	app.Flag("concurrent-limit", "More than one scraper only up to so many series.").Default("100000").IntVar(&s.scrapes.concurrentLimit)
	app.Flag("rounds", "Rounds of which the median is taken.").Default("5").IntVar(&s.scrapes.rounds)
	app.Flag("round-time", "How long one server is scraped in one round, at least.").Default("500ms").DurationVar(&s.scrapes.roundTime)
	app.Flag("report", "A CSV of your own for refresh.").ExistingFileVar(&s.refresh.file)
	app.Flag("rows", "Rows of the generated report for refresh.").Default("1000000").IntVar(&s.refresh.rows)
	app.Flag("memory-series", "Series of which the memory is measured for resources.").Default("1000000").IntVar(&s.resources.series)
	app.Flag("memory-rows", "Rows of the report of which the memory is measured for resources.").Default("5000000").IntVar(&s.resources.rows)
	app.Flag("write", "Write the result into docs/performance.md.").BoolVar(&s.write)
	s.addHidden(app)
	return app, s
}

// addHidden adds what the script and this program itself use.
func (s *settings) addHidden(app *kingpin.Application) {
	for name, path := range map[string]*string{
		"self": &s.programs.self, "exporter": &s.programs.exporter, "minimal": &s.programs.minimal, "nginx": &s.programs.nginx,
		"blackbox": &s.programs.blackbox, "duckdb": &s.programs.duckdb, "script": &s.programs.script, "node": &s.programs.node, "document": &s.document,
	} {
		app.Flag(name+"-path", "Set by the script.").Hidden().StringVar(path)
	}
	app.Flag("missing", "Set by the script.").Hidden().StringsVar(&s.missing)
	serve := app.Command("serve", "Serve a variant.").Hidden()
	serve.Arg("variant", "").Required().EnumVar(&s.variant, gaugeVec, cached, victoria)
	serve.Arg("series", "").Required().IntVar(&s.series)
	serve.Arg("address", "").Required().StringVar(&s.address)
	sum := app.Command("sum", "Sum a report.").Hidden()
	sum.Arg("way", "").Required().EnumVar(&s.way, byEncodingCSV, byKnown, byInferred)
	sum.Arg("report", "").Required().StringVar(&s.file)
	sum.Arg("plan", "").Required().StringVar(&s.plan)
}

// run does what a command says.
func (s *settings) run(ctx context.Context, command string, stdout io.Writer) error {
	switch command {
	case "serve":
		return serveVariant(ctx, s.address, s.variant, s.series)
	case "sum":
		return sum(stdout, s.way, s.file, s.plan)
	case "short":
		s.shorten()
	}
	s.scrapes.programs, s.refresh.programs, s.resources.programs = s.programs, s.programs, s.programs
	s.refresh.rounds = s.scrapes.rounds
	s.resources.starts = max(15, s.scrapes.rounds)
	tables, targets, err := s.measure(ctx, command)
	if err != nil {
		return err
	}
	var text strings.Builder
	if len(targets) > 0 {
		targetTable(targets).write(&text)
	}
	for _, t := range tables {
		t.write(&text)
	}
	for _, what := range s.missing {
		fmt.Fprintf(&text, "Left out: %s.\n\n", what)
	}
	fmt.Fprint(stdout, text.String())
	if command == "short" {
		return missed(targets)
	}
	if s.write {
		return writeInto(s.document, text.String())
	}
	return nil
}

// shorten leaves a minute's worth.
func (s *settings) shorten() {
	s.scrapes.sizes = []int{1000, 100_000}
	s.scrapes.variants = []string{exporter, gaugeVec}
	s.scrapes.encodings = []string{gzipped}
	s.scrapes.scrapers = []int{1}
	s.scrapes.rounds = 3
	s.scrapes.roundTime = 300 * time.Millisecond
	s.refresh.file, s.refresh.rows = "", 300_000
	s.programs.duckdb = ""
}

// measure makes the comparisons of a command.
func (s *settings) measure(ctx context.Context, command string) (tables []table, targets []target, err error) {
	all := command == "all"
	if all || command == "scrapes" || command == "short" {
		r, err := compareScrapes(ctx, s.scrapes)
		if err != nil {
			return nil, nil, err
		}
		tables, targets = append(tables, r.tables()...), append(targets, r.targets()...)
	}
	if all || command == "refresh" || command == "short" {
		r, err := compareRefreshes(ctx, s.refresh)
		if err != nil {
			return nil, nil, err
		}
		tables, targets = append(tables, r.table()), append(targets, r.targets()...)
	}
	if all || command == "resources" {
		r, err := measureResources(ctx, s.resources)
		if err != nil {
			return nil, nil, err
		}
		tables, targets = append(tables, r.table()), append(targets, r.targets()...)
	}
	return tables, targets, nil
}

// progress says what is being measured.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
