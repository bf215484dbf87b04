package main

import (
	"cmp"
	"slices"
	"time"
)

// median returns the middle one, or the upper one of the two in the middle.
func median[T cmp.Ordered](all []T) T {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// medianOf returns the median of one property of all.
func medianOf[T any, N cmp.Ordered](all []T, property func(T) N) N {
	values := make([]N, len(all))
	for i, one := range all {
		values[i] = property(one)
	}
	return median(values)
}

// medianRound returns the median of each figure, each for itself.
func medianRound(all []round) round {
	return round{
		cpu:  medianOf(all, func(r round) time.Duration { return r.cpu }),
		rate: medianOf(all, func(r round) float64 { return r.rate }),
		p99:  medianOf(all, func(r round) time.Duration { return r.p99 }),
		size: medianOf(all, func(r round) int64 { return r.size }),
	}
}
