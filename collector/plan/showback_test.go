package plan

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"statsig_exporter/collector/report"
)

// twoMeters is a plan with a base fee and two meters of different prices.
func twoMeters(fee string, s Showback) Plan {
	p := priced(fee, "10", "", "2")
	p.Showback = s
	p.Meters = append(p.Meters, priced("0", "0", "", "5").Meters...)
	return p
}

// used is a group of the label values, joined by a slash.
func used(values string, units ...string) row {
	g := row{values: strings.Split(values, "/")}
	for _, u := range units {
		g.amounts = append(g.amounts, rat(u))
	}
	return g
}

func written(units, costs []row) string {
	var b strings.Builder
	for i, g := range units {
		fmt.Fprintf(&b, "%s:", strings.Join(g.values, "/"))
		for _, u := range g.amounts {
			fmt.Fprintf(&b, " %s", u.RatString())
		}
		fmt.Fprintf(&b, " = %s; ", costs[i].amounts[0].RatString())
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestACostIsSharedByUnits(t *testing.T) {
	team := Showback{Labels: []string{"team"}}
	for _, c := range []struct {
		name     string
		showback Showback
		fee      string
		groups   []row
		want     string
	}{
		{"overage and base fee", team, "12", []row{used("b", "10", "0"), used("a", "20", "1")}, "a: 20 1 = 119/3; b: 10 0 = 52/3"},
		{"the base fee by the second meter", Showback{team.Labels, 1}, "12", []row{used("a", "20", "1"), used("b", "10", "0")}, "a: 20 1 = 131/3; b: 10 0 = 40/3"},
		{"the same group of two projects", team, "12", []row{used("a", "1", "1"), used("a", "2", "0")}, "a: 3 1 = 17"},
		{"no use yet", team, "12", nil, "other: 0 0 = 12"},
		{"no use of the meter of the base fee", team, "12", []row{used("a", "0", "3")}, "a: 0 3 = 15; other: 0 0 = 12"},
		{"a group called other", team, "12", []row{used("other", "0", "3")}, "other: 0 3 = 27"},
		{"credits", team, "0", []row{used("a", "40", "0"), used("b", "-10", "0")}, "a: 40 0 = 160/3; b: -10 0 = -40/3"},
		{"more credits than use", team, "12", []row{used("a", "10", "0"), used("b", "-10", "0")}, "a: 10 0 = 0; b: -10 0 = 0; other: 0 0 = 12"},
		{"two labels", Showback{Labels: []string{"team", "env"}}, "12", []row{used("a/x", "5", "0"), used("a/y", "1", "0")}, "a/x: 5 0 = 10; a/y: 1 0 = 2"},
		{"no value", team, "12", []row{used("", "5", "0")}, ": 5 0 = 12"},
	} {
		p := twoMeters(c.fee, c.showback)
		if got := written(p.share(p.fold(c.groups))); got != c.want {
			t.Errorf("%s:\n%s\n%s is right", c.name, got, c.want)
		}
	}
}

func TestGroupsPastTheLimitBecomeOther(t *testing.T) {
	p := twoMeters("12", Showback{Labels: []string{"team"}})
	groups := []row{used("cheap", "3", "0"), used("dear", "0", "3"), used("other", "1", "1")}
	for i := range report.MaxGroups {
		groups = append(groups, used(fmt.Sprintf("team %03d", i), "2", "1"))
	}
	kept := p.fold(groups)
	names := map[string]row{}
	for _, g := range kept {
		names[g.values[0]] = g
	}
	if _, dear := names["dear"]; len(kept) != report.MaxGroups || !dear {
		t.Errorf("%d groups are kept, the dearest among them: %v", len(kept), dear)
	}
	if g, cheap := names["cheap"]; cheap {
		t.Errorf("the smallest group is kept: %v", g)
	}
	if other := names["other"]; other.amounts[0].Cmp(rat("8")) != 0 || other.amounts[1].Cmp(rat("3")) != 0 {
		t.Errorf("other has %v units", other.amounts)
	}
}

func TestSharesAddUpToTheCostOfThePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := twoMeters("7/3", Showback{Labels: []string{"team", "env"}, BaseFeeBy: rapid.IntRange(0, 1).Draw(t, "base fee by")})
		amount := rapid.Map(rapid.Int64Range(-50, 1000), func(n int64) *big.Rat { return big.NewRat(n, 7) })
		drawn := rapid.Custom(func(t *rapid.T) row {
			team, env := rapid.SampledFrom([]string{"a", "b", "other", ""}), rapid.SampledFrom([]string{"x", "other"})
			return row{[]string{team.Draw(t, "team"), env.Draw(t, "env")}, []*big.Rat{amount.Draw(t, "units"), amount.Draw(t, "units")}}
		})
		given := rapid.SliceOfN(drawn, 0, 12).Draw(t, "groups")
		recent := rapid.SliceOfN(drawn, 0, 4).Draw(t, "recent")
		rest := []*big.Rat{big.NewRat(900, 11), big.NewRat(13, 3)}

		want := p.sum(given)
		sharesAddUp(t, p, p.fold(given), want)
		for i := range want {
			want[i] = new(big.Rat).Add(want[i], rest[i])
		}
		sharesAddUp(t, p, p.addRest(p.fold(given), recent, rest), want)
	})
}

func sharesAddUp(t *rapid.T, p Plan, groups []row, units []*big.Rat) {
	groups, costs := p.share(groups)
	sum := new(big.Rat)
	for _, c := range costs {
		sum.Add(sum, c.amounts[0])
	}
	for i, sum := range p.sum(groups) {
		if sum.Cmp(units[i]) != 0 {
			t.Fatalf("meter %d: %v units, and there are %v", i, sum, units[i])
		}
	}
	if want := p.Cost(units); sum.Cmp(want) != 0 {
		t.Fatalf("%v is shared, and the plan costs %v", sum, want)
	}
}

func TestTheRestOfAMonthGoesToWhomHadTheLastWeek(t *testing.T) {
	p := twoMeters("0", Showback{Labels: []string{"team"}})
	groups := []row{used("a", "10", "4"), used("b", "10", "0")}
	for _, c := range []struct {
		name   string
		recent []row
		want   string
	}{
		{"by the last week", []row{used("a", "1", "0"), used("b", "3", "1")}, "a: 20 4 = 160/3; b: 40 8 = 320/3"},
		{"a group that is folded", []row{used("a", "1", "1"), used("new", "3", "0")}, "a: 20 12 = 280/3; b: 10 0 = 50/3; other: 30 0 = 50"},
		{"an idle week", nil, "a: 30 12 = 110; b: 30 0 = 50"},
	} {
		if got := written(p.share(p.addRest(groups, c.recent, []*big.Rat{rat("40"), rat("8")}))); got != c.want {
			t.Errorf("%s:\n%s\n%s is right", c.name, got, c.want)
		}
	}
}

func TestABudgetCoversTheGroupsOfItsLabels(t *testing.T) {
	labels := []string{"team", "env"}
	costs := []row{used("a/x", "1"), used("a/y", "2"), used("b/x", "4"), used("/x", "8")}
	for want, b := range map[string]map[string]string{
		"3": {"team": "a"}, "8": {"env": "x", "team": ""}, "2": {"team": "a", "env": "y"}, "0": {"team": "c"},
	} {
		if got := (Budget{Labels: b}).cost(labels, costs); got.Cmp(rat(want)) != 0 {
			t.Errorf("%v: %v, and should be %s", b, got, want)
		}
	}
}
