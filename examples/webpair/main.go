// Command webpair serves the pairing page of one device to browsers on this machine.
//
// Without a token in the environment it uses a fake of the API, with which -scan-after simulates a phone that scans the
// code.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/pairweb"
)

func main() {
	demo.Main("webpair", "serves the pairing page of one device to browsers on this machine.", run)
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
	var opened sync.Once
	authorize := func(*http.Request) (int64, error) { // the secret path is the only protection
		opened.Do(func() { scanLater(session, id, s.scanAfter) })
		return id, nil
	}
	handler := pairweb.NewHandler(session.Client, authorize,
		pairweb.WithLogger(slog.New(slog.NewTextHandler(app.Stderr, nil))))
	return serve(ctx, s.addr, handler, func(url string) error {
		_, err := fmt.Fprintf(app.Stdout,
			"Open this page to connect a phone to device %d, or press Ctrl-C to stop:\n\n  %s\n\n", id, url)
		return err
	})
}

func parse(app demo.App) (settings, error) {
	var s settings
	flags := app.Flags()
	flags.StringVar(&s.addr, "addr", "127.0.0.1:0", "loopback `address` of the page; port 0 chooses a free port")
	flags.Int64Var(&s.id, "id", 0, "`ID` of an existing device")
	code := flags.String("package", "",
		"create a device on the package with this `code`; the default with the fake is "+string(whatspie.PackageStartup))
	flags.StringVar(&s.request.Name, "name", "", "create a device with this `name`; the default with the fake is Demo")
	flags.DurationVar(&s.scanAfter, "scan-after", 0,
		"with the fake only: simulate a scan this long after the page is opened; 0 turns it off")
	if err := app.Parse(flags); err != nil {
		return s, err
	}
	if err := app.CheckDevice(s.id, s.request.Name, *code); err != nil {
		return s, err
	}
	s.request.Name = cmp.Or(s.request.Name, "Demo")
	s.request.Package = cmp.Or(whatspie.PackageCode(*code), whatspie.PackageStartup)
	switch {
	case !isLoopback(s.addr):
		return s, fmt.Errorf("%w: -addr must be a loopback address such as 127.0.0.1:8080, because the page has no login",
			demo.ErrUsage)
	case s.scanAfter < 0:
		return s, fmt.Errorf("%w: -scan-after must not be negative", demo.ErrUsage)
	case s.scanAfter > 0 && app.Account != nil:
		return s, fmt.Errorf("%w: -scan-after works only with the fake", demo.ErrUsage)
	default:
		return s, nil
	}
}

// device returns the ID of the device, which it creates if requested.
func device(ctx context.Context, session *demo.Session, s settings) (int64, error) {
	switch {
	case s.id != 0 && session.Server != nil:
		return session.Server.AddDevice(whatspie.Device{ID: s.id, Name: s.request.Name}), nil
	case s.id != 0:
		return s.id, nil
	}
	created, err := session.Client.Devices.CreateConfirmed(ctx, s.request)
	if err != nil {
		return 0, err
	}
	return created.ID, nil
}

// scanLater simulates a phone that scans the code of the fake.
func scanLater(session *demo.Session, id int64, after time.Duration) {
	if session.Server != nil && after > 0 {
		time.AfterFunc(after, func() { session.Server.Scan(id) })
	}
}
