package main

// gridWidth is the width of Grafana's grid, in cells.
const gridWidth = 24

// section is a row and its panels, from left to right; a panel that does not
// fit beside the others begins a new line.
type section struct {
	id     int
	title  string
	panels []*panel
}

// layout places the sections one below the other.
func layout(sections ...section) []any {
	var placed []any
	y := 0
	for _, s := range sections {
		placed = append(placed, row{ID: s.id, Type: "row", Title: s.title, GridPos: place{H: 1, W: gridWidth, Y: y}, Panels: []object{}})
		y++
		x, tallest := 0, 0
		for _, p := range s.panels {
			if x+p.GridPos.W > gridWidth {
				x, y, tallest = 0, y+tallest, 0
			}
			p.GridPos.X, p.GridPos.Y = x, y
			x, tallest = x+p.GridPos.W, max(tallest, p.GridPos.H)
			placed = append(placed, p)
		}
		y += tallest
	}
	return placed
}
