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

// The bounds of a client that meets hostile answers. What the race detector and both ends of the connection hold
// beside the answer counts too, so the bound on memory is a multiple of that on bytes.
const (
	mostBytes     = 2 << 20
	mostHeld      = 8 * mostBytes
	mostForHeader = 256 << 20       // the header is net/http's: it reads 10 MB of it, and holds more while it does
	hostilePause  = 2 * time.Second // the attempt timeout
	mostTime      = 15 * time.Second
	tinyElements  = 100_000
	nestingLevels = 1_000_000
)

// attack is an answer that is meant to hurt.
type attack struct {
	name  string
	serve http.HandlerFunc
	// fails are the sentinels of which one must match, by operation; nil where the call must succeed.
	get, list, all []error
	// held is the most memory that may be held.
	held int64
	opts []whatspie.Option
}

func newAttack(name string, serve http.HandlerFunc, get, list, all []error) attack {
	return attack{name: name, serve: serve, get: get, list: list, all: all, held: mostHeld}
}

func (a attack) holding(most int64) attack {
	a.held = most
	return a
}

func (a attack) with(opts ...whatspie.Option) attack {
	a.opts = opts
	return a
}

func attacks() []attack {
	tooLarge, alien := []error{whatspie.ErrResponseTooLarge}, []error{whatspie.ErrUnexpectedResponse}
	either := []error{whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse}
	other := []error{whatspie.ErrUnexpectedResponse, whatspie.ErrServer, nil} // net/http's own errors have no sentinel
	spaces := gzipped(strings.Repeat(" ", 1<<20), 1<<10)
	return []attack{
		newAttack("1 GiB of spaces in 1 MiB of gzip", compressed(spaces), tooLarge, tooLarge, tooLarge),
		newAttack("gzip that is none", compressed([]byte("plain")), other, other, other),
		newAttack("a text without an end", endless(`{"data":[{"name":"`, "x"), tooLarge, tooLarge, tooLarge),
		newAttack("a number without an end", endless(`{"data":[{"id":1`, "0"), tooLarge, tooLarge, tooLarge),
		newAttack("a name without an end", endless(`{"`, "x"), tooLarge, tooLarge, tooLarge),
		newAttack("members without an end", endless(`{"a":1`, `,"b":2`), tooLarge, tooLarge, tooLarge),
		newAttack("nulls without an end", endless(`[null`, `,null`), tooLarge, tooLarge, tooLarge),
		newAttack("devices without an end", endless(`[{"id":1}`, `,{"id":2}`), tooLarge, tooLarge, nil),
		newAttack("1,000,000 levels of lists", endless(``, "["), either, either, either),
		newAttack("1,000,000 levels of lists in a device", whole(`{"data":[{"x":`+strings.Repeat("[", nestingLevels)), alien, alien, alien),
		newAttack("9,000 levels of lists in a device, drift handler", whole(nested(9_000)), nil, alien, alien).
			with(whatspie.WithDriftHandler(func(whatspie.Drift) {})),
		newAttack("690,000 devices of nothing", whole(`{"data":[`+strings.Repeat("{},", 690_000)+`{}]}`), alien, tooLarge, nil),
		newAttack("64 MiB of headers", headers(64<<10, 1<<10), other, other, other).holding(mostForHeader),
		newAttack("a header of 64 MiB", headers(1, 64<<20), other, other, other).holding(mostForHeader),
		newAttack("redirects without an end", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path+"x")
			w.WriteHeader(http.StatusFound)
		}, alien, alien, alien),
		newAttack("hints without an end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusEarlyHints)
			}
		}, other, other, other),
		newAttack("a byte now and then", trickle, other, other, other),
	}
}

// hostile meets each attack with each way of reading, one at a time, and measures what it takes.
func hostile() (figures *table, broken []string) {
	figures = newTable("hostile answer", "operation", "sent", "came of it", "most memory held", "took")
	for _, a := range attacks() {
		for _, operation := range []struct {
			name  string
			call  func(context.Context, *whatspie.Client) error
			fails []error
		}{
			{"Get", func(ctx context.Context, c *whatspie.Client) error {
				_, err := c.Devices.Get(ctx, 1, whatspie.WithoutRetry())
				return err
			}, a.get},
			{"List", func(ctx context.Context, c *whatspie.Client) error {
				_, err := c.Devices.List(ctx, whatspie.WithoutRetry())
				return err
			}, a.list},
			{"All", takeSome, a.all},
		} {
			m := meet(a.serve, operation.call, a.opts)
			figures.row(a.name, operation.name, size(m.sent), m.outcome(), size(m.held), m.took)
			if problem := m.judge(operation.fails, a.held); problem != "" {
				broken = append(broken, fmt.Sprintf("%s, %s: %s", a.name, operation.name, problem))
			}
		}
	}
	return figures, broken
}

// takeSome ranges over so many devices, and leaves.
func takeSome(ctx context.Context, c *whatspie.Client) error {
	count := 0
	for _, err := range c.Devices.All(ctx, whatspie.WithoutRetry()) {
		if err != nil {
			return err
		}
		if count++; count == tinyElements {
			break
		}
	}
	return nil
}

// meeting is what an attack came to.
type meeting struct {
	sent, held int64
	took       time.Duration
	err        error
}

func meet(serve http.HandlerFunc, call func(context.Context, *whatspie.Client) error, opts []whatspie.Option) meeting {
	var m meeting
	counter := &countingListener{}
	server := httptest.NewUnstartedServer(serve)
	counter.Listener, server.Listener = server.Listener, counter
	server.Start()
	defer server.Close()
	defer server.CloseClientConnections()
	client, err := whatspie.NewClient("token", append([]whatspie.Option{
		whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()),
		whatspie.WithMaxResponseBytes(mostBytes), whatspie.WithAttemptTimeout(hostilePause),
	}, opts...)...)
	if err != nil {
		return meeting{err: err}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // so that little garbage counts
	before := heap()
	stop, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- highest(stop) }()
	start := time.Now()
	m.err = call(context.Background(), client)
	m.took = time.Since(start)
	close(stop)
	m.held = max(0, <-peak-before)
	m.sent = counter.sent.Load()
	return m
}

// heap is what is held after a collection.
func heap() int64 {
	runtime.GC()
	return held()
}

func held() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(min(stats.HeapInuse, 1<<62))
}

// highest looks at the heap, garbage and all, until it is told to stop.
func highest(stop <-chan struct{}) int64 {
	most := held()
	for {
		select {
		case <-stop:
			return max(most, held())
		case <-time.After(time.Millisecond):
			most = max(most, held())
		}
	}
}

func (m *meeting) outcome() string {
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
		return "refused by net/http"
	}
}

// judge says what is wrong with the outcome; a nil among the errors allows what net/http fails with, or success.
func (m *meeting) judge(fails []error, mostHeld int64) string {
	var failed *whatspie.APIError
	expected := fails == nil && m.err == nil
	for _, sentinel := range fails {
		expected = expected || sentinel != nil && errors.Is(m.err, sentinel) || sentinel == nil
	}
	switch {
	case m.err != nil && !errors.As(m.err, &failed):
		return "a failure without a type: " + m.err.Error()
	case !expected:
		return fmt.Sprintf("unexpected: %v", m.err)
	case m.held > mostHeld:
		return size(m.held) + " were held"
	case m.took > mostTime:
		return m.took.String()
	default:
		return ""
	}
}

func size(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// gzipped packs a text that often: gzip may stand behind gzip.
func gzipped(text string, times int) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := io.WriteString(writer, text)
	if err := errors.Join(err, writer.Close()); err != nil {
		return nil
	}
	return bytes.Repeat(packed.Bytes(), times)
}
