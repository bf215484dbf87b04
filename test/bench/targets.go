package main

import (
	"errors"
	"fmt"
	"strings"
)

// target is a figure of which less is better, and the most that it should be.
type target struct {
	what  string
	got   float64
	most  float64
	units string
}

func targetTable(all []target) table {
	t := table{title: "Targets", header: []string{"what", "measured", "at most", "met"}}
	for _, one := range all {
		met := "yes"
		if one.got > one.most {
			met = "no"
		}
		t.rows = append(t.rows, []string{one.what, digits(one.got) + one.units, digits(one.most) + one.units, met})
	}
	return t
}

// margin is how far past its target a figure may be before the short form fails:
// so far that only a change of the program explains it, not a busy machine.
const margin = 3

// missed returns an error that names each target that is missed by more than the margin.
func missed(all []target) error {
	if len(all) == 0 {
		return errors.New("nothing was measured")
	}
	var far []string
	for _, one := range all {
		if !(one.got <= margin*one.most) {
			far = append(far, fmt.Sprintf("%s: %s%s is more than %d times %s%s", one.what, digits(one.got), one.units, margin, digits(one.most), one.units))
		}
	}
	if len(far) > 0 {
		return fmt.Errorf("%d of %d figures are far from their targets:\n%s", len(far), len(all), strings.Join(far, "\n"))
	}
	return nil
}
