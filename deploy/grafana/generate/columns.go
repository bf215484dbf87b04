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

// columns says in which order fields stand and what they are called: pairs of a
// field and its heading. An empty heading leaves the field out. Fields that are
// not named, such as labels from a report, follow under their own names.
func (p *panel) columns(pairs ...[2]string) *panel {
	hidden, renamed, order := map[string]bool{}, map[string]string{}, map[string]int{}
	for _, name := range targetLabels() {
		hidden[name] = true
	}
	for i, pair := range pairs {
		delete(hidden, pair[0])
		if pair[1] == "" {
			hidden[pair[0]] = true
			continue
		}
		renamed[pair[0]], order[pair[0]] = pair[1], i
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
