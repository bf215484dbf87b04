//go:build !linux

package spool

import "os"

// nameless returns a new file in dir that has no name any more.
func nameless(dir string) (*os.File, error) { return unlinked(dir) }
