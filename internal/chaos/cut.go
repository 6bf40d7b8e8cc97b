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

// cutResponses cuts the response of each call at every byte, or at every step-th. A call must fail if its response was
// cut, and succeed otherwise.
func cutResponses(f framing, step int) *tally {
	name := fmt.Sprintf("response cut at every byte, %s", f)
	if step > 1 {
		name = fmt.Sprintf("response cut at every %dth byte, %s", step, f)
	}
	return inLab(name, setup{framing: f}, func(l *lab, t *tally) {
		l.api.AddDevice(whatspie.Device{Name: "fixed 0"})
		for _, call := range l.cutCalls(t) {
			if err := l.cutEverywhere(t, call, step); err != nil {
				t.violationf("%s: %v", call.path, err)
			}
		}
	})
}

// cutCall is a call whose responses are cut.
type cutCall struct {
	method, path string
	call         func(context.Context, int) error
	// slack is by how many bytes the responses may differ in length.
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
		{http.MethodPost, "/devices", func(ctx context.Context, n int) error {
			return l.create(ctx, t, n, l.client.Devices.Create)
		}, 16},
	}
}

// cutEverywhere makes the call once for each length of its response, the complete one included.
func (l *lab) cutEverywhere(t *tally, c cutCall, step int) error {
	length, err := l.responseLength(c)
	if err != nil {
		return err
	}
	defer l.removeToxics()
	for n := 0; n <= length+2*c.slack; n += step {
		if err := l.cutAt(n); err != nil {
			return err
		}
		var failed error
		t.timed(time.Second, func(ctx context.Context) error {
			failed = c.call(ctx, n)
			return failed
		})
		switch {
		case failed == nil && n < length-c.slack:
			t.violationf("%s %s succeeded with %d of %d bytes", c.method, c.path, n, length)
		case failed != nil && n >= length+c.slack:
			t.violationf("%s %s failed with all of %d bytes: %v", c.method, c.path, length, failed)
		}
	}
	return nil
}

// cutAt replaces the toxic: a change in place could affect a connection that is about to end.
func (l *lab) cutAt(n int) error {
	l.removeToxics()
	return l.addToxic(fmt.Sprintf(`"type":"limit_data","attributes":{"bytes":%d}`, n))
}

// responseLength returns the length of a response in bytes, including status line and header. A POST creates a device.
func (l *lab) responseLength(c cutCall) (int, error) {
	connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.proxy.Listen)
	if err != nil {
		return 0, fmt.Errorf("dialing: %w", err)
	}
	defer func() { _ = connection.Close() }() // read to its end
	body := ""
	if c.method == http.MethodPost {
		body = `{"package":"STARTUP240K","name":"created 1000"}`
	}
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.method, c.path, l.api.Token, len(body), body)
	if _, err := io.WriteString(connection, request); err != nil {
		return 0, fmt.Errorf("sending the request: %w", err)
	}
	read, err := io.Copy(io.Discard, connection)
	if err != nil {
		return 0, fmt.Errorf("reading the response: %w", err)
	}
	return int(read), nil
}
