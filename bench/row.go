package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	goccy "github.com/goccy/go-json"
	segmentio "github.com/segmentio/encoding/json"

	"github.com/whatspie-go/whatspie"
)

const token = "5|benchmark-token-of-an-account-of-whatspie"

// mostListed is the longest list that the SDK reads at once without an option.
const mostListed = 10_000

// listed is the length of the lists that are compared with more than encoding/json.
const listed = 1_000

// row is one line of the table: the same call twice. Where the name says so, it is the SDK on both sides.
type row struct {
	name     string
	sdk, raw func() error
	// heavy is how many milliseconds one call takes, roughly.
	heavy int
}

// rows are the calls against a server; the answers live under paths of their own.
func rows(base string, way http.RoundTripper) []row {
	client := &http.Client{Transport: way}
	ctx := context.Background()
	at := func(name string, opts ...whatspie.Option) (*whatspie.DevicesService, string) {
		opts = append(opts, whatspie.WithBaseURL(base+"/"+name), whatspie.WithHTTPClient(client))
		return must(whatspie.NewClient(token, opts...)).Devices, base + "/" + name + "/devices"
	}
	drift := whatspie.WithDriftHandler(func(whatspie.Drift) {})
	watched, _ := at("get", drift)
	get, getURL := at("get")
	qr, qrURL := at("qr")
	create, createURL := at("create")
	absent, absentURL := at("not-found")
	rawGet := func() error { return second(raw[device](ctx, client, http.MethodGet, getURL+"/5", nil)) }
	all := []row{
		{name: "GET", sdk: func() error { return second(get.Get(ctx, 5)) }, raw: rawGet},
		{name: "GET, goccy/go-json", sdk: func() error { return second(get.Get(ctx, 5)) }, raw: func() error {
			return second(rawWith[device](ctx, client, goccy.Unmarshal, http.MethodGet, getURL+"/5", nil))
		}},
		{
			name: "GET, drift handler to none", sdk: func() error { return second(watched.Get(ctx, 5)) },
			raw: func() error { return second(get.Get(ctx, 5)) },
		},
		{
			name: "QR", sdk: func() error { return second(qr.QR(ctx, 5)) },
			raw: func() error {
				return second(raw[struct {
					QR string `json:"qr"`
				}](ctx, client, http.MethodGet, qrURL+"/5/qr?response_type=url", nil))
			},
		},
		{name: "Create", sdk: func() error {
			return second(create.Create(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Customer Service"}))
		}, raw: func() error {
			return second(raw[device](ctx, client, http.MethodPost, createURL, newDevice{"STARTUP240K", "Customer Service"}))
		}},
		{
			name: "404", sdk: func() error { return wanted[*whatspie.APIError](absent.Get(ctx, 999)) },
			raw: func() error { return wanted[*failure](raw[device](ctx, client, http.MethodGet, absentURL+"/999", nil)) },
		},
	}
	list := func(name string, n int, opts ...whatspie.Option) func() error {
		devices, _ := at(name, opts...)
		return func() error {
			found, err := devices.List(ctx)
			return errors.Join(err, same(n, len(found)))
		}
	}
	streamed := func(name string, n int) func() error {
		devices, _ := at(name)
		return func() error {
			seen := 0
			for _, err := range devices.All(ctx) {
				if err != nil {
					return err
				}
				seen++
			}
			return same(n, seen)
		}
	}
	byHand := func(name string, n int, decode func([]byte, any) error) func() error {
		return func() error {
			found, err := rawWith[[]device](ctx, client, decode, http.MethodGet, base+"/"+name+"/devices", nil)
			return errors.Join(err, same(n, len(found)))
		}
	}
	for _, n := range sizes {
		name, heavy := listName(n), n/100
		if n <= mostListed {
			all = append(all, row{fmt.Sprintf("LIST %d", n), list(name, n), byHand(name, n, json.Unmarshal), heavy})
		}
		all = append(all, row{fmt.Sprintf("All %d", n), streamed(name, n), byHand(name, n, json.Unmarshal), heavy})
	}
	name, heavy := listName(listed), listed/100
	return append(all,
		row{"LIST 1000, goccy/go-json", list(name, listed), byHand(name, listed, goccy.Unmarshal), heavy},
		row{"LIST 1000, segmentio/encoding", list(name, listed), byHand(name, listed, segmentio.Unmarshal), heavy},
		row{"LIST 1000, unknown field", list("list-unknown", listed), byHand("list-unknown", listed, json.Unmarshal), heavy},
		row{"LIST 1000, drift handler to none", list(name, listed, drift), list(name, listed), heavy},
		row{"All 1000 to LIST 1000", streamed(name, listed), list(name, listed), heavy},
	)
}

func second[T any](_ T, err error) error { return err }

// wanted is nil where a call failed as it should.
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
