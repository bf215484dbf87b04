//go:build faults

package faults_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

const (
	crashStores = 8   // exporters that are killed side by side
	crashKills  = 8   // of each
	crashRows   = 300 // of each report
	crashNames  = 97  // so many generations have all their names apart from each other
)

// crash is one storage path whose exporter is killed again and again.
type crash struct {
	*walk
	dir    string
	random *rand.Rand
	served map[string]int // the newest generation that was scraped, by project
	asked  chan struct{}  // gets a value when the upstream is asked
	toll   *toll
}

// toll counts what all kills have left.
type toll struct {
	torn   atomic.Int64 // saves that were half done
	spools atomic.Int64 // spools with a name
}

// generation is the n-th report of a project: all values are n, and the names depend on n, so that neither a mixture
// of two reports nor a part of one looks like a whole one.
func generation(n int) string {
	var b strings.Builder
	b.WriteString("Event Name,Billable Events\n")
	for i := range crashRows {
		noise := rand.New(rand.NewPCG(uint64(i), 0))
		fmt.Fprintf(&b, "event_%d_%016x%016x%016x%016x,%d\n", n%crashNames+i, noise.Uint64(), noise.Uint64(), noise.Uint64(), noise.Uint64(), n)
	}
	return b.String()
}

var generationLine = regexp.MustCompile(`(?m)^statsig_usage_billable_events\{event_name="event_(\d+)_[0-9a-f]{64}",project="(\w+)",window="day"\} (\S+)$`)

// generations returns which generation of each project a page serves. It is an error if a report is not whole.
func (m page) generations() (map[string]int, error) {
	names := map[string]map[int]bool{}
	found := map[string]int{}
	for _, match := range generationLine.FindAllStringSubmatch(string(m), -1) {
		name, _ := strconv.Atoi(match[1])
		project := match[2]
		value, err := strconv.ParseFloat(match[3], 64)
		if err != nil {
			return nil, err
		}
		if names[project] == nil {
			names[project], found[project] = map[int]bool{}, int(value)
		}
		names[project][name] = true
		if n := found[project]; int(value) != n || name < n%crashNames || name >= n%crashNames+crashRows {
			return nil, fmt.Errorf("project %s mixes reports: event_%d reads %v in generation %d", project, name, value, n)
		}
	}
	for project, n := range found {
		rows, total := m.of("statsig_exporter_report_rows", project), m.total(project)
		if len(names[project]) != crashRows || rows != crashRows || total != float64(n*crashRows) {
			return nil, fmt.Errorf("project %s serves %d series of %v rows with the sum %v in generation %d", project, len(names[project]), rows, total, n)
		}
	}
	if all := strings.Count(string(m), "\nstatsig_usage_billable_events{"); all != len(found)*crashRows {
		return nil, fmt.Errorf("%d series of %d projects", all, len(found))
	}
	return found, nil
}

// TestNothingIsLostToSIGKILL kills exporters at random moments while they poll and store.
func TestNothingIsLostToSIGKILL(t *testing.T) {
	t.Parallel()
	kills, seed := crashKills, uint64(time.Now().UnixNano())
	if isFull() {
		kills = 20 * crashKills
	}
	if text := os.Getenv("FAULTS_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = given
	}
	t.Logf("FAULTS_SEED=%d, %d kills", seed, kills*crashStores)
	toll := &toll{}
	t.Run("stores", func(t *testing.T) {
		for n := range crashStores {
			t.Run(itoa(n), func(t *testing.T) {
				t.Parallel()
				c := newCrash(t, rand.New(rand.NewPCG(seed, uint64(n))), toll)
				for n := 0; n < kills || toll.torn.Load() == 0 && n < 20*kills; n++ { // a kill in a save needs luck
					c.round(t)
				}
				c.finish(t)
			})
		}
	})
	t.Logf("%d kills fell into a save, %d left an empty spool", toll.torn.Load(), toll.spools.Load())
	if toll.torn.Load() == 0 && !t.Failed() {
		t.Error("no kill fell into a save, so that nothing is proved")
	}
}

func newCrash(t *testing.T, random *rand.Rand, toll *toll) *crash {
	t.Helper()
	c := &crash{
		walk: newWalk(t, scenario{projects: []string{"p0", "p1", "p2", "p3"}}), dir: t.TempDir(), random: random,
		served: map[string]int{}, asked: make(chan struct{}, 1), toll: toll,
	}
	c.upstream.set(phase{serve: func(x *exchange) {
		select {
		case c.asked <- struct{}{}:
		default:
		}
		x.csv(generation(x.n))
	}})
	return c
}

// round starts the exporter, looks at its first page, and kills it in one of four ways.
func (c *crash) round(t *testing.T) {
	t.Helper()
	way := c.random.IntN(20)
	if way < 3 {
		c.killEarly(t)
		return
	}
	p := start(t, c.config(), "--storage.path="+c.dir)
	c.first(t, p)
	var watching sync.WaitGroup
	var killed atomic.Bool
	watching.Go(func() { c.watch(t, p, &killed) })
	switch {
	case way < 8:
		c.pause(1500 * time.Millisecond)
	case way < 13: // about when an answer is mapped, stored and published
		select {
		case <-c.asked:
		default:
		}
		<-c.asked
		c.pause(30 * time.Millisecond)
	default: // in a save
		ticker := time.NewTicker(200 * time.Microsecond)
		for deadline := time.Now().Add(3 * time.Second); len(c.files("*.tmp")) == 0 && time.Now().Before(deadline); {
			<-ticker.C
		}
		ticker.Stop()
		c.pause(time.Millisecond)
	}
	killed.Store(true)
	p.Kill()
	watching.Wait()
	c.count(p.spool)
}

// killEarly kills the exporter while it starts.
func (c *crash) killEarly(t *testing.T) {
	t.Helper()
	cmd, _, spool := exporter(t, c.config(), "--storage.path="+c.dir)
	p, err := harness.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	c.pause(100 * time.Millisecond)
	p.Kill()
	c.count(spool)
}

// pause waits for a random time.
func (c *crash) pause(most time.Duration) {
	timer := time.NewTimer(time.Duration(c.random.Int64N(int64(most))))
	<-timer.C
}

func (c *crash) files(pattern string) []string {
	names, _ := filepath.Glob(filepath.Join(c.dir, pattern)) // the pattern is well formed
	return names
}

// count looks at what a kill has left.
func (c *crash) count(spool string) {
	c.toll.torn.Add(int64(min(1, len(c.files("*.tmp")))))
	left, _ := os.ReadDir(spool) // it exists
	c.toll.spools.Add(int64(len(left)))
}

// first holds the first page after a start to what was served before.
func (c *crash) first(t *testing.T, p *process) {
	t.Helper()
	m := p.scrape(t)
	found, err := m.generations()
	if err != nil {
		t.Fatalf("first page after a kill: %v", err)
	}
	for project, before := range c.served {
		switch n := found[project]; {
		case n == 0:
			t.Fatalf("project %s serves nothing after a kill; it had served generation %d", project, before)
		case n < before:
			t.Fatalf("project %s serves generation %d after a kill; it had served %d", project, n, before)
		}
	}
	c.upstream.mu.Lock()
	for project, n := range found {
		if up := m.of("statsig_up", project); up != 1 {
			t.Errorf("project %s: statsig_up is %v with generation %d restored", project, up, n)
		}
		if answered := c.upstream.faults[project]; n > answered {
			t.Errorf("project %s serves generation %d of %d", project, n, answered)
		}
		c.served[project] = n
	}
	c.upstream.mu.Unlock()
	for _, operation := range []string{"load", "save"} {
		if n, ok := m.value(`statsig_exporter_storage_errors_total{operation="` + operation + `"}`); n != 0 || !ok {
			t.Errorf("%v storage errors of %s", n, operation)
		}
	}
	if all := c.files("*"); len(all) > 2*(1+len(c.projects))+1 || len(c.files("*.damaged")) > 0 {
		t.Errorf("the storage path holds litter: %s", all)
	}
}

// watch scrapes as fast as it can until the kill, and keeps what it saw last.
func (c *crash) watch(t *testing.T, p *process, killed *atomic.Bool) {
	t.Helper()
	for {
		text, err := p.get("/metrics?name[]=statsig_report_value", formats[0])
		if err != nil {
			if !killed.Load() {
				t.Errorf("scrape before the kill: %v", err)
			}
			return
		}
		for _, project := range c.projects {
			total := page(text).total(project)
			if total < 0 && c.served[project] == 0 {
				continue // it was never polled
			}
			n := int(total) / crashRows
			if total < 0 || n*crashRows != int(total) || n < c.served[project] {
				t.Errorf("project %s serves the sum %v after generation %d", project, total, c.served[project])
			}
			c.served[project] = max(c.served[project], n)
		}
	}
}

// finish wants polls to go on after all, and a directory with reports alone after SIGTERM.
func (c *crash) finish(t *testing.T) {
	t.Helper()
	p := start(t, c.config(), "--storage.path="+c.dir)
	c.first(t, p)
	eventually(t, func() error {
		found, err := p.scrape(t).generations()
		for _, project := range c.projects {
			if found[project] <= c.served[project] {
				err = errors.Join(err, fmt.Errorf("project %s still serves generation %d", project, found[project]))
			}
		}
		return err
	})
	p.stop(t)
	if all, reports := c.files("*"), c.files("*.report"); len(reports) != len(c.projects) || len(all) != len(reports)+2 { // lock, recent.json
		t.Errorf("after SIGTERM the storage path holds %s", all)
	}
}
