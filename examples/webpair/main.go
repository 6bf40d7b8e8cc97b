// Command webpair serves the pairing page of one device to browsers on this machine.
//
// Without a token in the environment it uses a built-in demo server, where -scan-after simulates a phone that scans the
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
	code := flags.String("package", string(whatspie.PackageStartup), "`code` of the package of the new device, with -name")
	flags.StringVar(&s.request.Name, "name", "", "create a device with this `name`")
	flags.DurationVar(&s.scanAfter, "scan-after", 0,
		"demo server only: simulate a scan this long after the page is opened; 0 disables it")
	if err := app.Parse(flags); err != nil {
		return s, err
	}
	s.request.Package = whatspie.PackageCode(*code)
	switch {
	case !isLoopback(s.addr):
		return s, fmt.Errorf("%w: -addr must be a loopback address such as 127.0.0.1:8080, because the page has no login",
			demo.ErrUsage)
	case s.id != 0 && s.request.Name != "":
		return s, fmt.Errorf("%w: give either -id for an existing device, or -name to create one", demo.ErrUsage)
	case s.id < 0, s.scanAfter < 0:
		return s, fmt.Errorf("%w: -id and -scan-after must not be negative", demo.ErrUsage)
	default:
		return s, nil
	}
}

// device returns the ID of the device, which it creates if requested.
func device(ctx context.Context, session *demo.Session, s settings) (int64, error) {
	isDemo := session.Server != nil
	switch {
	case !isDemo && s.scanAfter > 0:
		return 0, fmt.Errorf("%w: -scan-after works only with the demo server", demo.ErrUsage)
	case !isDemo && s.id == 0 && s.request.Name == "":
		return 0, fmt.Errorf("%w: give -id, or -name and -package to create a device, which costs money", demo.ErrUsage)
	case s.id != 0 && isDemo:
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

// scanLater simulates a phone that scans the code on the demo server.
func scanLater(session *demo.Session, id int64, after time.Duration) {
	if session.Server != nil && after > 0 {
		time.AfterFunc(after, func() { session.Server.Scan(id) })
	}
}
