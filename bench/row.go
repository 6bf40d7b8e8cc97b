package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	goccy "github.com/goccy/go-json"
	segmentio "github.com/segmentio/encoding/json"

	"github.com/whatspie-go/whatspie"
)

const token = "5|benchmark-token-of-an-account-of-whatspie"

// listed is the length of the lists that are compared in more ways than one.
const listed = 1_000

// row is one line of a table: a call of the SDK, and what it is compared with. That is the same call by hand, decoded with
// encoding/json, unless the name says otherwise.
type row struct {
	name      string
	sdk, base func() error
	// heavy is how many milliseconds one call takes, roughly.
	heavy int
}

// endpoints make calls with the SDK and by hand. The responses of the server live under paths of their own.
type endpoints struct {
	ctx    context.Context //nolint:containedctx // one for all calls of a table
	base   string
	client *http.Client
}

func (e endpoints) devices(name string, opts ...whatspie.Option) *whatspie.DevicesService {
	opts = append(opts, whatspie.WithBaseURL(e.base+"/"+name), whatspie.WithHTTPClient(e.client))
	return must(whatspie.NewClient(token, opts...)).Devices
}

func (e endpoints) url(name, rest string) string { return e.base + "/" + name + "/devices" + rest }

// rows are the calls against a server.
func rows(base string, way http.RoundTripper) []row {
	e := endpoints{context.Background(), base, &http.Client{Transport: way}}
	return append(e.single(), e.lists()...)
}

func (e endpoints) single() []row {
	drift := whatspie.WithDriftHandler(func(whatspie.Drift) {})
	get, watched, qr, create, absent := e.devices("get"), e.devices("get", drift), e.devices("qr"), e.devices("create"), e.devices("not-found")
	ours := func() error { return second(get.Get(e.ctx, 5)) }
	return []row{
		{name: "Get", sdk: ours, base: e.getByHand(json.Unmarshal)},
		{name: "Get, against encoding/json with a deadline", sdk: ours, base: e.getWithDeadline},
		{name: "Get, against goccy/go-json", sdk: ours, base: e.getByHand(goccy.Unmarshal)},
		{name: "Get, against segmentio/encoding", sdk: ours, base: e.getByHand(segmentio.Unmarshal)},
		{name: "Get with a drift handler, against Get", sdk: func() error { return second(watched.Get(e.ctx, 5)) }, base: ours},
		{name: "QR", sdk: func() error { return second(qr.QR(e.ctx, 5)) }, base: func() error {
			return second(byHand[struct {
				QR string `json:"qr"`
			}](e.ctx, e.client, json.Unmarshal, http.MethodGet, e.url("qr", "/5/qr?response_type=url"), nil))
		}},
		{name: "Create", sdk: func() error {
			return second(create.Create(e.ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Customer Service"}))
		}, base: func() error {
			return second(byHand[device](e.ctx, e.client, json.Unmarshal, http.MethodPost, e.url("create", ""), newDevice{"STARTUP240K", "Customer Service"}))
		}},
		{name: "404", sdk: func() error { return wanted[*whatspie.APIError](absent.Get(e.ctx, 999)) }, base: func() error {
			return wanted[*failure](byHand[device](e.ctx, e.client, json.Unmarshal, http.MethodGet, e.url("not-found", "/999"), nil))
		}},
	}
}

func (e endpoints) getByHand(decode decoder) func() error {
	return func() error {
		return second(byHand[device](e.ctx, e.client, decode, http.MethodGet, e.url("get", "/5"), nil))
	}
}

// getWithDeadline bounds the call, as the SDK bounds each attempt.
func (e endpoints) getWithDeadline() error {
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	e.ctx = ctx
	return e.getByHand(json.Unmarshal)()
}

func (e endpoints) lists() []row {
	var all []row
	for _, n := range sizes {
		name, theirs, heavy := listName(n), e.listByHand(listName(n), n, json.Unmarshal), n/100
		all = append(all,
			row{"List of " + thousands(n), e.list(name, n), theirs, heavy},
			row{"All of " + thousands(n), e.all(name, n), theirs, heavy})
	}
	name, heavy := listName(listed), listed/100
	ours := e.list(name, listed)
	drift := e.list(name, listed, whatspie.WithDriftHandler(func(whatspie.Drift) {}))
	return append(all,
		row{"List of 1,000, against goccy/go-json", ours, e.listByHand(name, listed, goccy.Unmarshal), heavy},
		row{"List of 1,000, against segmentio/encoding", ours, e.listByHand(name, listed, segmentio.Unmarshal), heavy},
		row{"List of 1,000 with an unknown field in each", e.list(unknown, listed), e.listByHand(unknown, listed, json.Unmarshal), heavy},
		row{"List of 1,000 with a drift handler, against List", drift, ours, heavy},
		row{"All of 1,000, against List", e.all(name, listed), ours, heavy},
	)
}

func (e endpoints) list(name string, n int, opts ...whatspie.Option) func() error {
	devices := e.devices(name, opts...)
	return func() error {
		found, err := devices.List(e.ctx)
		return errors.Join(err, same(n, len(found)))
	}
}

func (e endpoints) all(name string, n int) func() error {
	devices := e.devices(name)
	return func() error {
		seen := 0
		for _, err := range devices.All(e.ctx) {
			if err != nil {
				return err
			}
			seen++
		}
		return same(n, seen)
	}
}

func (e endpoints) listByHand(name string, n int, decode decoder) func() error {
	return func() error {
		found, err := byHand[[]device](e.ctx, e.client, decode, http.MethodGet, e.url(name, ""), nil)
		return errors.Join(err, same(n, len(found)))
	}
}

// thousands writes a number below a million for people.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func second[T any](_ T, err error) error { return err }

// wanted is nil if a call failed as it should.
func wanted[E error, T any](_ T, err error) error {
	var failed E
	if errors.As(err, &failed) {
		return nil
	}
	return fmt.Errorf("not the failure that was wanted: %w", err)
}

func same(want, got int) error {
	if want != got {
		return fmt.Errorf("%d devices, not %d", got, want)
	}
	return nil
}
