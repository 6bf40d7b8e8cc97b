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

// comparedSize is the length of the lists in the rows that compare decoders.
const comparedSize = 1_000

// row is one line of a table: a call of the SDK and its baseline. The baseline is the same call by hand, decoded with
// encoding/json, unless the name says otherwise.
type row struct {
	name      string
	sdk, base func() error
	// millis is roughly how many milliseconds one call takes.
	millis int
}

// endpoints makes calls with the SDK and by hand. The first segment of the path selects the response of the server.
type endpoints struct {
	ctx    context.Context //nolint:containedctx // one for all calls of a table
	base   string
	client *http.Client
}

func (e endpoints) devices(name string, opts ...whatspie.Option) *whatspie.DevicesService {
	opts = append(opts, whatspie.WithBaseURL(e.base+"/"+name), whatspie.WithHTTPClient(e.client))
	return must(whatspie.NewClient(token, opts...)).Devices
}

func (e endpoints) url(name, suffix string) string { return e.base + "/" + name + "/devices" + suffix }

// rows returns the rows for a server.
func rows(base string, transport http.RoundTripper) []row {
	e := endpoints{context.Background(), base, &http.Client{Transport: transport}}
	return append(e.single(), e.lists()...)
}

func (e endpoints) single() []row {
	drift := whatspie.WithDriftHandler(func(whatspie.Drift) {})
	get, getWithDrift, qr := e.devices("get"), e.devices("get", drift), e.devices("qr")
	create, notFound := e.devices("create"), e.devices("not-found")
	sdkGet := func() error { return second(get.Get(e.ctx, 5)) }
	return []row{
		{name: "Get", sdk: sdkGet, base: e.getByHand(json.Unmarshal)},
		{name: "Get, against encoding/json with a deadline", sdk: sdkGet, base: e.getWithDeadline},
		{name: "Get, against goccy/go-json", sdk: sdkGet, base: e.getByHand(goccy.Unmarshal)},
		{name: "Get, against segmentio/encoding", sdk: sdkGet, base: e.getByHand(segmentio.Unmarshal)},
		{name: "Get with a drift handler, against Get", sdk: func() error {
			return second(getWithDrift.Get(e.ctx, 5))
		}, base: sdkGet},
		{name: "QR", sdk: func() error { return second(qr.QR(e.ctx, 5)) }, base: func() error {
			return second(byHand[struct {
				QR string `json:"qr"`
			}](e.ctx, e.client, json.Unmarshal, http.MethodGet, e.url("qr", "/5/qr?response_type=url"), nil))
		}},
		{name: "Create", sdk: func() error {
			return second(create.Create(e.ctx,
				whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Customer Service"}))
		}, base: func() error {
			return second(byHand[device](e.ctx, e.client, json.Unmarshal, http.MethodPost, e.url("create", ""),
				newDevice{"STARTUP240K", "Customer Service"}))
		}},
		{name: "404", sdk: func() error { return expect[*whatspie.APIError](notFound.Get(e.ctx, 999)) }, base: func() error {
			return expect[*failure](byHand[device](e.ctx, e.client, json.Unmarshal, http.MethodGet,
				e.url("not-found", "/999"), nil))
		}},
	}
}

func (e endpoints) getByHand(decode decoder) func() error {
	return func() error {
		return second(byHand[device](e.ctx, e.client, decode, http.MethodGet, e.url("get", "/5"), nil))
	}
}

// getWithDeadline limits the time of the call, as the SDK does for each attempt.
func (e endpoints) getWithDeadline() error {
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	e.ctx = ctx
	return e.getByHand(json.Unmarshal)()
}

func (e endpoints) lists() []row {
	var all []row
	for _, n := range sizes {
		name, millis := listName(n), n/100
		byHand := e.listByHand(name, n, json.Unmarshal)
		all = append(all,
			row{"List of " + thousands(n), e.list(name, n), byHand, millis},
			row{"All of " + thousands(n), e.all(name, n), byHand, millis})
	}
	const n, millis = comparedSize, comparedSize / 100
	name := listName(n)
	list := e.list(name, n)
	unknown, unknownByHand := e.list(unknownFieldList, n), e.listByHand(unknownFieldList, n, json.Unmarshal)
	drift := e.list(name, n, whatspie.WithDriftHandler(func(whatspie.Drift) {}))
	return append(all,
		row{"List of 1,000, against goccy/go-json", list, e.listByHand(name, n, goccy.Unmarshal), millis},
		row{"List of 1,000, against segmentio/encoding", list, e.listByHand(name, n, segmentio.Unmarshal), millis},
		row{"List of 1,000 with an unknown field in each", unknown, unknownByHand, millis},
		row{"List of 1,000 with a drift handler, against List", drift, list, millis},
		row{"All of 1,000, against List", e.all(name, n), list, millis},
	)
}

func (e endpoints) list(name string, n int, opts ...whatspie.Option) func() error {
	devices := e.devices(name, opts...)
	return func() error {
		found, err := devices.List(e.ctx)
		return errors.Join(err, sameCount(n, len(found)))
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
		return sameCount(n, seen)
	}
}

func (e endpoints) listByHand(name string, n int, decode decoder) func() error {
	return func() error {
		found, err := byHand[[]device](e.ctx, e.client, decode, http.MethodGet, e.url(name, ""), nil)
		return errors.Join(err, sameCount(n, len(found)))
	}
}

// thousands formats a number below a million with a separator.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }

// expect returns nil if a call failed with an error of type E.
func expect[E error, T any](_ T, err error) error {
	var failed E
	if errors.As(err, &failed) {
		return nil
	}
	return fmt.Errorf("unexpected outcome: %w", err)
}

func sameCount(want, got int) error {
	if want != got {
		return fmt.Errorf("got %d devices, want %d", got, want)
	}
	return nil
}
