package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
)

// cuts breaks each answer off behind every byte of it in turn, in every framing that HTTP has. What was cut must
// fail, and what was whole must not.
func cuts(f framing, step int) *tally {
	t := newTally(fmt.Sprintf("cut at every byte, %s", f))
	if step > 1 {
		t.name = fmt.Sprintf("cut at every %dth byte, %s", step, f)
	}
	l, err := newLab(setup{framing: f})
	if err != nil {
		t.breakf("%v", err)
		return t
	}
	defer l.close()
	l.api.AddDevice(whatspie.Device{Name: "fixed 0"})
	for _, call := range l.cutCalls(t) {
		if err := l.cutEverywhere(t, call, step); err != nil {
			t.breakf("%s: %v", call.path, err)
		}
	}
	t.settle(l)
	return t
}

type cutCall struct {
	method, path string
	call         func(context.Context, int) error
	// slack is by how many bytes an answer may be shorter or longer than another.
	slack int
}

func (l *lab) cutCalls(t *tally) []cutCall {
	once := whatspie.WithoutRetry()
	return []cutCall{
		{http.MethodGet, "/devices/1", func(ctx context.Context, _ int) error {
			_, err := l.client.Devices.Get(ctx, 1, once)
			return err
		}, 0},
		{http.MethodGet, "/devices", func(ctx context.Context, _ int) error {
			_, err := l.client.Devices.List(ctx, once)
			return err
		}, 0},
		{http.MethodGet, "/devices", func(ctx context.Context, _ int) error {
			for _, err := range l.client.Devices.All(ctx, once) {
				if err != nil {
					return err
				}
			}
			return nil
		}, 0},
		{http.MethodGet, "/devices/1/qr?response_type=url", func(ctx context.Context, _ int) error {
			_, err := l.client.Devices.QR(ctx, 1, once)
			return err
		}, 0},
		{http.MethodPost, "/devices", func(ctx context.Context, n int) error { return l.create(ctx, t, n, l.client.Devices.Create) }, 16},
	}
}

// cutEverywhere makes the call once for each length of its answer, the whole one included.
func (l *lab) cutEverywhere(t *tally, c cutCall, step int) error {
	whole, err := l.length(c)
	if err != nil {
		return err
	}
	defer l.proxy.Toxics.ResetToxics(context.Background())
	for n := 0; n <= whole+2*c.slack; n += step {
		if err := l.cutAt(n); err != nil {
			return err
		}
		var failed error
		t.timed(time.Second, func(ctx context.Context) error {
			failed = c.call(ctx, n)
			return failed
		})
		switch {
		case failed == nil && n < whole-c.slack:
			t.breakf("%s %s succeeded with %d of %d bytes", c.method, c.path, n, whole)
		case failed != nil && n >= whole+c.slack:
			t.breakf("%s %s failed with all of %d bytes: %v", c.method, c.path, whole, failed)
		}
	}
	return nil
}

// cutAt moves the cut; a toxic that is changed in place would be read by a connection that is about to end.
func (l *lab) cutAt(n int) error {
	l.proxy.Toxics.ResetToxics(context.Background())
	return l.poison(fmt.Sprintf(`"type":"limit_data","attributes":{"bytes":%d}`, n))
}

// length counts the bytes of an answer, from its status line to the end of the connection. For a creation it asks for
// a device of its own.
func (l *lab) length(c cutCall) (int, error) {
	connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.proxy.Listen)
	if err != nil {
		return 0, fmt.Errorf("dialing: %w", err)
	}
	defer func() { _ = connection.Close() }() // it was read to its end
	body := ""
	if c.method == http.MethodPost {
		body = `{"package":"STARTUP240K","name":"ordered 1000"}`
	}
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		c.method, c.path, l.api.Token, len(body), body)
	if _, err := io.WriteString(connection, request); err != nil {
		return 0, fmt.Errorf("asking: %w", err)
	}
	read, err := io.Copy(io.Discard, connection)
	if err != nil {
		return 0, fmt.Errorf("reading: %w", err)
	}
	return int(read), nil
}
