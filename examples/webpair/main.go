// Command webpair shows the pairing page of one device in a browser on this machine.
//
// Without a token in the environment it works against a built-in demo server, where -scan-after makes a fake phone scan
// the code.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/pairweb"
)

func main() {
	demo.Main("webpair", "shows the pairing page of one device in a browser on this machine.", run)
}

type settings struct {
	addr      string
	id        int64
	request   whatspie.CreateDeviceRequest
	scanAfter time.Duration
}

func run(ctx context.Context, app demo.App) error {
	s, err := parse(app)
	if err != nil {
		return err
	}
	session, err := demo.Open(app)
	if err != nil {
		return err
	}
	defer session.Close()
	id, err := device(ctx, session, s)
	if err != nil {
		return err
	}
	handler := pairweb.NewHandler(session.Client,
		func(*http.Request) (int64, error) { return id, nil }, // anyone who knows the secret path may see the page
		pairweb.WithLogger(slog.New(slog.NewTextHandler(app.Stderr, nil))))
	return serve(ctx, s.addr, handler, func(url string) error {
		if session.Server != nil && s.scanAfter > 0 {
			go scan(ctx, session, id, s.scanAfter)
		}
		_, err := fmt.Fprintf(app.Stdout, "Open this page to connect a phone to device %d, stop with Ctrl-C:\n\n  %s\n\n", id, url)
		return err
	})
}

func parse(app demo.App) (settings, error) {
	var s settings
	flags := app.Flags()
	flags.StringVar(&s.addr, "addr", "127.0.0.1:0", "loopback `address` of the page; port 0 is any free one")
	flags.Int64Var(&s.id, "id", 0, "show the device with this `ID`")
	code := flags.String("package", string(whatspie.PackageStartup), "`code` of the package that the new device is billed on, with -name")
	flags.StringVar(&s.request.Name, "name", "", "create a device of this `name`")
	flags.DurationVar(&s.scanAfter, "scan-after", 0,
		"demo server only: a fake phone scans the code this long after the page is opened; 0 is never")
	if err := app.Parse(flags); err != nil {
		return s, err
	}
	s.request.Package = whatspie.PackageCode(*code)
	switch {
	case !isLoopback(s.addr):
		return s, fmt.Errorf("%w: -addr must be a loopback address such as 127.0.0.1:8080, as the page has no login", demo.ErrUsage)
	case s.id != 0 && s.request.Name != "":
		return s, fmt.Errorf("%w: -id takes an existing device and -name creates one, give one of them", demo.ErrUsage)
	case s.id < 0, s.scanAfter < 0:
		return s, fmt.Errorf("%w: -id and -scan-after cannot be negative", demo.ErrUsage)
	default:
		return s, nil
	}
}

// device returns the device to show, and creates one if requested.
func device(ctx context.Context, session *demo.Session, s settings) (int64, error) {
	paid := session.Server == nil
	switch {
	case paid && s.scanAfter > 0:
		return 0, fmt.Errorf("%w: -scan-after is for the demo server: a real code needs a real phone", demo.ErrUsage)
	case paid && s.id == 0 && s.request.Name == "":
		return 0, fmt.Errorf("%w: which device? Give -id, or -name and -package to create one, which costs money", demo.ErrUsage)
	case s.id != 0 && !paid:
		return session.Server.AddDevice(whatspie.Device{ID: s.id, Name: "Demo"}), nil
	case s.id != 0:
		return s.id, nil
	}
	s.request.Name = cmp.Or(s.request.Name, "Demo")
	created, err := session.Client.Devices.CreateConfirmed(ctx, s.request)
	if err != nil {
		return 0, err
	}
	return created.ID, nil
}

// scan makes the fake phone scan the code some time after the page is first opened.
func scan(ctx context.Context, session *demo.Session, id int64, after time.Duration) {
	const often = 50 * time.Millisecond
	for shown := false; !shown; _, shown = session.Server.QRPayload(id) {
		if !sleep(ctx, often) {
			return
		}
	}
	if sleep(ctx, after) {
		session.Server.Scan(id)
	}
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
