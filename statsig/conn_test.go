package statsig

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWriteThatTakesTenSecondsBreaksTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe() // Nobody reads from far.
		defer far.Close()
		begun := time.Now()
		_, err := (&conn{Conn: near}).Write([]byte("GET"))
		if took := time.Since(begun); !errors.Is(err, os.ErrDeadlineExceeded) || took != 10*time.Second {
			t.Errorf("after %s: %v", took, err)
		}
	})
}
