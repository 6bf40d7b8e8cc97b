package wiretest

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// EndlessList returns a list of devices that never ends, with a pause before each device. Without a pause, devices
// arrive in batches.
func EndlessList(pause time.Duration) io.Reader {
	return &endlessList{pause: pause, next: strings.NewReader("[")}
}

type endlessList struct {
	pause time.Duration
	count int
	next  io.Reader
}

func (l *endlessList) Read(p []byte) (int, error) {
	if n, err := l.next.Read(p); err == nil {
		return n, nil
	}
	batch := 1000
	if l.pause > 0 {
		time.Sleep(l.pause) // virtual time
		batch = 1
	}
	var devices strings.Builder
	for range batch {
		l.count++
		fmt.Fprintf(&devices, `{"id":%d},`, l.count)
	}
	l.next = strings.NewReader(devices.String())
	return l.next.Read(p)
}
