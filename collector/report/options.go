// Package report turns the CSV stream of a usage report into aggregated
// series, with an account of every cell and row that was not used. It is pure:
// it reads and writes nothing but the streams it is given.
package report

import (
	"time"

	"statsig_exporter/collector/report/relabel"
)

// Role says what a column of a report is for.
type Role string

// The roles of a column.
const (
	RoleLabel  Role = "label"  // its cells distinguish series
	RoleValue  Role = "value"  // its cells are numbers; it becomes a gauge family
	RoleTime   Role = "time"   // its cells say when; it is never a label
	RoleIgnore Role = "ignore" // it does nothing
)

// Roles lists every role, in the order in which they are reported.
func Roles() []Role { return []Role{RoleLabel, RoleValue, RoleTime, RoleIgnore} }

// Aggregate says how the cells of a value column are combined when several
// rows belong to one series.
type Aggregate string

// The aggregates of a value column.
const (
	AggregateSum   Aggregate = "sum"
	AggregateMax   Aggregate = "max"
	AggregateMin   Aggregate = "min"
	AggregateMean  Aggregate = "mean"
	AggregateCount Aggregate = "count" // of the cells that are numbers
	AggregateLast  Aggregate = "last"  // of the row with the greatest primary time
)

// Aggregates lists every aggregate.
func Aggregates() []Aggregate {
	return []Aggregate{AggregateSum, AggregateMax, AggregateMin, AggregateMean, AggregateCount, AggregateLast}
}

// Unlisted says what becomes of a column that Options.Columns does not name.
type Unlisted string

// What can become of an unlisted column.
const (
	UnlistedInfer  Unlisted = "infer"
	UnlistedIgnore Unlisted = "ignore"
)

// Decimal says which character stands before the decimals of a number.
type Decimal string

// The decimal signs. With DecimalAuto it is a comma in reports delimited by
// semicolons and a point in all others, unless the cells of the column are numbers
// only with the other one.
const (
	DecimalAuto  Decimal = "auto"
	DecimalPoint Decimal = "point"
	DecimalComma Decimal = "comma"
)

// Overflow says what becomes of the series past Options.SeriesLimit.
type Overflow string

// What can become of the series past the limit.
const (
	OverflowFold Overflow = "fold" // the smallest become one, whose labels all read "other"
	OverflowDrop Overflow = "drop" // the smallest are left out
	OverflowFail Overflow = "fail" // the report is rejected
)

// ColumnOptions overrides what would be inferred for one column. The zero value
// of every field but Role leaves that field to inference.
type ColumnOptions struct {
	Role      Role      // required
	Name      string    // of the label, for RoleLabel
	Metric    string    // the family, for RoleValue
	Help      string    // of the family, for RoleValue
	Aggregate Aggregate // for RoleValue
	Primary   bool      // this is the primary time, for RoleTime
}

// Options says how a report is read. It is not changed by this package.
type Options struct {
	// Columns holds the configured columns by name: the header of the column, or,
	// for a header that is repeated in a report, the header with _2, _3 and so on
	// from its second occurrence on.
	Columns  map[string]ColumnOptions
	Unlisted Unlisted
	Decimal  Decimal
	// SeriesLimit is the greatest number of series served; at least 1.
	SeriesLimit int
	Overflow    Overflow
	// FoldBy is the metric that ranks series; empty: the metric of the first value
	// column. A report that has to be ranked and lacks it is rejected.
	FoldBy string
	// LabelValueLimit is the greatest length of a label value in bytes; longer
	// ones are cut at a rune boundary. At least 1.
	LabelValueLimit int
	// Rules change the labels of rows before these are aggregated; nil: there are none.
	Rules *relabel.Rules
	// Meters are the sums to compute. Their names are unique.
	Meters []Meter
	// Location is the zone of times that name none.
	Location *time.Location
	// TakenLabels are the names of the project's own labels, which no column may have.
	// project and window are always taken.
	TakenLabels []string
}

// DefaultOptions returns the options of an empty report section, in UTC.
func DefaultOptions() Options {
	return Options{
		Unlisted:        UnlistedInfer,
		Decimal:         DecimalAuto,
		SeriesLimit:     50000,
		Overflow:        OverflowFold,
		LabelValueLimit: 1024,
		Location:        time.UTC,
	}
}
