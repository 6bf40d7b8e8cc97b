package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie"
)

// Limits of a client that receives hostile responses. The heap also holds the server, both ends of the connection and
// the race detector's data, so its limit is a multiple of the limit on bytes.
const (
	maxBytes         = 2 << 20
	maxHeap          = 8 * maxBytes
	maxHeapForHeader = 256 << 20 // net/http reads up to 10 MB of header, and uses more memory meanwhile
	hostileTimeout   = 2 * time.Second
	maxDuration      = 15 * time.Second
	devicesRead      = 100_000
	nestingLevels    = 1_000_000
)

// attack is a hostile response and its expected outcome.
type attack struct {
	name  string
	serve http.HandlerFunc
	// wantGet, wantList and wantAll are the accepted errors of each operation. Nil is success only; an element that is nil
	// accepts success and every typed error.
	wantGet, wantList, wantAll []error
	maxHeap                    int64
	opts                       []whatspie.Option
}

func newAttack(name string, serve http.HandlerFunc, wantGet, wantList, wantAll []error) attack {
	return attack{name: name, serve: serve, wantGet: wantGet, wantList: wantList, wantAll: wantAll, maxHeap: maxHeap}
}

func (a attack) withMaxHeap(limit int64) attack {
	a.maxHeap = limit
	return a
}

func (a attack) withOptions(opts ...whatspie.Option) attack {
	a.opts = opts
	return a
}

func attacks() []attack {
	tooLarge, unexpected := []error{whatspie.ErrResponseTooLarge}, []error{whatspie.ErrUnexpectedResponse}
	tooLargeOrUnexpected := []error{whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse}
	anyTyped := []error{nil} // errors of net/http have no sentinel of their own
	spaces := gzipped(strings.Repeat(" ", 1<<20), 1<<10)
	return []attack{
		newAttack("1 GiB of spaces in 1 MiB of gzip", sendGzip(spaces), tooLarge, tooLarge, tooLarge),
		newAttack("invalid gzip", sendGzip([]byte("plain")), anyTyped, anyTyped, anyTyped),
		newAttack("endless string", sendEndless(`{"data":[{"name":"`, "x"), tooLarge, tooLarge, tooLarge),
		newAttack("endless number", sendEndless(`{"data":[{"id":1`, "0"), tooLarge, tooLarge, tooLarge),
		newAttack("endless key", sendEndless(`{"`, "x"), tooLarge, tooLarge, tooLarge),
		newAttack("endless members", sendEndless(`{"a":1`, `,"b":2`), tooLarge, tooLarge, tooLarge),
		newAttack("endless nulls", sendEndless(`[null`, `,null`), tooLarge, tooLarge, tooLarge),
		newAttack("endless devices", sendEndless(`[{"id":1}`, `,{"id":2}`), tooLarge, tooLarge, nil),
		newAttack("endless nested arrays", sendEndless(``, "["),
			tooLargeOrUnexpected, tooLargeOrUnexpected, tooLargeOrUnexpected),
		newAttack("1,000,000 nested arrays in a device", send(`{"data":[{"x":`+strings.Repeat("[", nestingLevels)),
			unexpected, unexpected, unexpected),
		newAttack("9,000 nested arrays in a device, drift handler", send(nestedDevice(9_000)), nil, unexpected, unexpected).
			withOptions(whatspie.WithDriftHandler(func(whatspie.Drift) {})),
		newAttack("690,000 empty devices", send(`{"data":[`+strings.Repeat("{},", 690_000)+`{}]}`),
			unexpected, tooLarge, nil),
		newAttack("64 MiB of headers", sendHeaders(64<<10, 1<<10), anyTyped, anyTyped, anyTyped).
			withMaxHeap(maxHeapForHeader),
		newAttack("one header of 64 MiB", sendHeaders(1, 64<<20), anyTyped, anyTyped, anyTyped).
			withMaxHeap(maxHeapForHeader),
		newAttack("endless redirects", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path+"x")
			w.WriteHeader(http.StatusFound)
		}, unexpected, unexpected, unexpected),
		newAttack("endless early hints", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusEarlyHints)
			}
		}, anyTyped, anyTyped, anyTyped),
		newAttack("one byte every 100 ms", sendSlowly, anyTyped, anyTyped, anyTyped),
	}
}

// hostile runs each attack against each read operation, one at a time.
func hostile() (figures *table, violations []string) {
	figures = newTable("hostile response", "operation", "sent", "outcome", "peak heap", "duration")
	for _, a := range attacks() {
		for _, operation := range []struct {
			name string
			call func(context.Context, *whatspie.Client) error
			want []error
		}{
			{"Get", func(ctx context.Context, c *whatspie.Client) error {
				_, err := c.Devices.Get(ctx, 1, whatspie.WithoutRetry())
				return err
			}, a.wantGet},
			{"List", func(ctx context.Context, c *whatspie.Client) error {
				_, err := c.Devices.List(ctx, whatspie.WithoutRetry())
				return err
			}, a.wantList},
			{"All", readSome, a.wantAll},
		} {
			m := measureAttack(a.serve, operation.call, a.opts)
			figures.row(a.name, operation.name, mebibytes(m.sent), m.outcome(), mebibytes(m.heap), m.duration)
			if violation := m.check(operation.want, a.maxHeap); violation != "" {
				violations = append(violations, fmt.Sprintf("%s, %s: %s", a.name, operation.name, violation))
			}
		}
	}
	return figures, violations
}

// readSome ranges over the first devicesRead devices.
func readSome(ctx context.Context, c *whatspie.Client) error {
	count := 0
	for _, err := range c.Devices.All(ctx, whatspie.WithoutRetry()) {
		if err != nil {
			return err
		}
		if count++; count == devicesRead {
			break
		}
	}
	return nil
}

// measurement is the result of one operation under an attack.
type measurement struct {
	sent, heap int64 // in bytes
	duration   time.Duration
	err        error
}

func measureAttack(
	serve http.HandlerFunc, call func(context.Context, *whatspie.Client) error, opts []whatspie.Option,
) measurement {
	var m measurement
	counter := &countingListener{}
	server := httptest.NewUnstartedServer(serve)
	counter.Listener, server.Listener = server.Listener, counter
	server.Start()
	defer server.Close()
	defer server.CloseClientConnections()
	client, err := whatspie.NewClient("token", append([]whatspie.Option{
		whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()),
		whatspie.WithMaxResponseBytes(maxBytes), whatspie.WithAttemptTimeout(hostileTimeout),
	}, opts...)...)
	if err != nil {
		return measurement{err: err}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // keeps garbage out of the figures
	runtime.GC()
	before := heapInUse()
	stop, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- peakHeap(stop) }()
	start := time.Now()
	m.err = call(context.Background(), client)
	m.duration = time.Since(start)
	close(stop)
	m.heap = max(0, <-peak-before)
	m.sent = counter.sent.Load()
	return m
}

func heapInUse() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(min(stats.HeapInuse, 1<<62))
}

// peakHeap samples the heap, garbage included, every millisecond.
func peakHeap(stop <-chan struct{}) int64 {
	peak := heapInUse()
	for {
		select {
		case <-stop:
			return max(peak, heapInUse())
		case <-time.After(time.Millisecond):
			peak = max(peak, heapInUse())
		}
	}
}

func (m *measurement) outcome() string {
	var failed *whatspie.APIError
	switch {
	case m.err == nil:
		return "success"
	case !errors.As(m.err, &failed):
		return "untyped: " + m.err.Error()
	case errors.Is(m.err, whatspie.ErrResponseTooLarge):
		return "ErrResponseTooLarge"
	case errors.Is(m.err, whatspie.ErrUnexpectedResponse):
		return "ErrUnexpectedResponse"
	case errors.Is(m.err, context.DeadlineExceeded):
		return "timeout"
	default:
		return "rejected by net/http"
	}
}

// check returns the violation, or an empty string.
func (m *measurement) check(want []error, heapLimit int64) string {
	var failed *whatspie.APIError
	expected := want == nil && m.err == nil
	for _, sentinel := range want {
		expected = expected || sentinel == nil || errors.Is(m.err, sentinel)
	}
	switch {
	case m.err != nil && !errors.As(m.err, &failed):
		return "untyped error: " + m.err.Error()
	case !expected:
		return fmt.Sprintf("unexpected outcome: %v", m.err)
	case m.heap > heapLimit:
		return "peak heap " + mebibytes(m.heap)
	case m.duration > maxDuration:
		return "took " + m.duration.String()
	default:
		return ""
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// gzipped compresses a text and repeats the result, since gzip members may be concatenated.
func gzipped(text string, times int) []byte {
	var member bytes.Buffer
	writer := gzip.NewWriter(&member)
	_, err := io.WriteString(writer, text)
	if err := errors.Join(err, writer.Close()); err != nil {
		return nil
	}
	return bytes.Repeat(member.Bytes(), times)
}
