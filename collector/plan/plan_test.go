package plan

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

// priced is a plan with one meter: included units, then "up_to:price" of each tier.
func priced(fee, included string, tiers ...string) Plan {
	m := Meter{Name: "events", Included: rat(included)}
	for i := 0; i < len(tiers); i += 2 {
		t := Tier{PricePerUnit: rat(tiers[i+1])}
		if tiers[i] != "" {
			t.UpTo = rat(tiers[i])
		}
		m.Tiers = append(m.Tiers, t)
	}
	return Plan{BaseFee: rat(fee), Meters: []Meter{m}}
}

func TestAPlanCostsWhatASpreadsheetSays(t *testing.T) {
	flat := priced("150", "5000000", "", "0.00005")
	tiered := priced("150", "5000000", "10000000", "0.00005", "50000000", "0.00003", "", "0.00001")
	for _, c := range []struct {
		name string
		plan Plan
		used string
		want string // to the last digit
	}{
		{"nothing used", flat, "0", "150"},
		{"credits", flat, "-20", "150"},
		{"what is included", flat, "5000000", "150"},
		{"one unit more", flat, "5000001", "150.00005"},
		{"a fraction of a unit", flat, "5000000.5", "150.000025"},
		{"much", flat, "123456789", "6072.83945"},
		{"in the first tier", tiered, "7500000", "275"},
		{"at the end of the first tier", tiered, "10000000", "400"},
		{"in the second tier", tiered, "10000001", "400.00003"},
		{"at the end of the second tier", tiered, "50000000", "1600"},
		{"in the last tier", tiered, "123456789", "2334.56789"},
		{"included reaches into the second tier", priced("0", "20", "10", "5", "30", "2", "", "1"), "35", "25"},
		{"included reaches past all tiers with an end", priced("0", "100", "10", "5", "", "1"), "101.5", "1.5"},
		{"nothing included", priced("0", "0", "10", "5", "", "1"), "12", "52"},
		{"tenths that floats have not", priced("0.1", "0", "", "0.1"), "0.7", "0.17"},
	} {
		if got := c.plan.Cost([]*big.Rat{rat(c.used)}); got.Cmp(rat(c.want)) != 0 {
			t.Errorf("%s: %s, and should be %s", c.name, got.FloatString(10), c.want)
		}
	}
}

func TestACostIsThatOfEveryUnitByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.IntRange(0, 60)
		included, used := amount.Draw(t, "included"), amount.Draw(t, "used")
		ends := rapid.SliceOfNDistinct(rapid.IntRange(1, 50), 0, 4, rapid.ID[int]).Draw(t, "ends")
		p := Plan{BaseFee: big.NewRat(7, 3), Meters: []Meter{{Included: big.NewRat(int64(included), 1)}}}
		end := 0
		var until []int
		for range ends {
			end += rapid.IntRange(1, 15).Draw(t, "width")
			until = append(until, end)
		}
		price := func(tier int) *big.Rat { return big.NewRat(int64(11-tier), 7) }
		for i, end := range until {
			p.Meters[0].Tiers = append(p.Meters[0].Tiers, Tier{big.NewRat(int64(end), 1), price(i)})
		}
		p.Meters[0].Tiers = append(p.Meters[0].Tiers, Tier{nil, price(len(until))})

		want := big.NewRat(7, 3)
		for unit := included; unit < used; unit++ {
			tier := 0
			for tier < len(until) && unit >= until[tier] {
				tier++
			}
			want.Add(want, price(tier))
		}
		if got := p.Cost([]*big.Rat{big.NewRat(int64(used), 1)}); got.Cmp(want) != 0 {
			t.Fatalf("%v, and should be %v", got, want)
		}
	})
}

func TestUnitsAreTheDecimalsThatAFloatStandsFor(t *testing.T) {
	for v, want := range map[float64]string{0.1: "1/10", 0.30000000000000004: "30000000000000004/100000000000000000", 1e21: "1000000000000000000000", -2.5: "-5/2"} {
		if got, ok := Units(v); !ok || got.Cmp(rat(want)) != 0 {
			t.Errorf("%v is %v", v, got)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, ok := Units(v); ok {
			t.Errorf("%v is taken for %v", v, got)
		}
	}
}
