package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/whatspie-go/whatspie"
)

const token = "5|benchmark-token-of-an-account-of-whatspie"

// mostListed is the longest list that the SDK reads at once without an option.
const mostListed = 10_000

// row is one line of the table: the same call twice.
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
	watched, _ := at("get", whatspie.WithDriftHandler(func(whatspie.Drift) {}))
	get, getURL := at("get")
	qr, qrURL := at("qr")
	create, createURL := at("create")
	absent, absentURL := at("not-found")
	rawGet := func() error { return second(raw[device](ctx, client, http.MethodGet, getURL+"/5", nil)) }
	all := []row{
		{name: "GET", sdk: func() error { return second(get.Get(ctx, 5)) }, raw: rawGet},
		{name: "GET, drift handler", sdk: func() error { return second(watched.Get(ctx, 5)) }, raw: rawGet},
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
	for _, n := range sizes {
		devices, url := at(listName(n))
		list := row{
			name:  fmt.Sprintf("LIST %d", n),
			heavy: n / 100,
			sdk: func() error {
				found, err := devices.List(ctx)
				return errors.Join(err, same(n, len(found)))
			},
			raw: func() error {
				found, err := raw[[]device](ctx, client, http.MethodGet, url, nil)
				return errors.Join(err, same(n, len(found)))
			},
		}
		streamed := list
		streamed.name = fmt.Sprintf("All %d", n)
		streamed.sdk = func() error {
			seen := 0
			for _, err := range devices.All(ctx) {
				if err != nil {
					return err
				}
				seen++
			}
			return same(n, seen)
		}
		if n <= mostListed {
			all = append(all, list)
		}
		all = append(all, streamed)
	}
	return all
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
