package main

import (
	"maps"
	"slices"
)

// targetLabels are labels that say how a sample was scraped, and nothing of its
// meaning; in tables they would be columns that tell the reader nothing.
func targetLabels() []string {
	return []string{"Time", "container", "endpoint", "job", "instance", "namespace", "node", "pod", "prometheus", "service"}
}

// heading is a field of a table and what it is called; without a name the field is left out.
type heading struct{ field, name string }

// columns puts a table's fields in this order. Fields that are not named, such
// as labels of projects, follow under their own names.
func (p *panel) columns(headings ...heading) *panel {
	order := map[string]int{}
	for i, h := range headings {
		order[h.field] = i
	}
	return p.organize(headings, order)
}

// headings names a table's values and leaves the fields in Grafana's order:
// first the labels, whatever they are called, and then the values.
func (p *panel) headings(headings ...heading) *panel { return p.organize(headings, map[string]int{}) }

func (p *panel) organize(headings []heading, order map[string]int) *panel {
	hidden, renamed := map[string]bool{}, map[string]string{}
	for _, name := range targetLabels() {
		hidden[name] = true
	}
	for _, h := range headings {
		fields := []string{h.field}
		if h.field == "Value #A" {
			// Where no other query has an answer, Grafana calls that of the first just this.
			fields = append(fields, "Value")
		}
		for _, field := range fields {
			hidden[field] = h.name == ""
			if h.name != "" {
				renamed[field] = h.name
			}
		}
	}
	p.Transformations = append(p.Transformations, object{
		"id":      "organize",
		"options": object{"excludeByName": hidden, "renameByName": renamed, "indexByName": order, "includeByName": object{}},
	})
	return p
}

// sorted sorts a table by the column with this heading, the greatest first.
func (p *panel) sorted(heading string) *panel {
	p.Options["sortBy"] = []object{{"displayName": heading, "desc": true}}
	return p
}

// gauge shows a column as a bar beside its value.
func gauge() object { return object{"type": "gauge", "mode": "basic", "valueDisplayMode": "text"} }

// growth colours a change: more usage costs more.
func growth() object {
	return steps("green", threshold{0, "text"}, threshold{0.25, "orange"}, threshold{1, "red"})
}

// currencies are those that Grafana's reader expects a sign for. Which one a
// plan has is a label, so that it is matched in the series' name; any other
// keeps its code there and is shown as a plain number.
func currencies() map[string]string {
	return map[string]string{
		"AUD": "A$", "BRL": "R$", "CAD": "C$", "CHF": "CHF ", "CNY": "CN¥", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩",
		"MXN": "MX$", "NZD": "NZ$", "PLN": "zł ", "SEK": "SEK ", "USD": "$",
	}
}

// money shows amounts in full, with the sign of the currency that stands in
// brackets at the end of the series' name.
func (p *panel) money() *panel {
	p.unit("locale").set("decimals", 2)
	for _, code := range sortedKeys(currencies()) {
		p.override(object{"id": "byRegexp", "options": `/\(` + code + `\)$/`}, object{"unit": "currency:financial:" + currencies()[code]})
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
