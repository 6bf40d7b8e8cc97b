// Command pair connects a phone to a device: it shows the QR code in the terminal, replaces it when it expires, and
// ends when the phone is connected.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The demo is quick: the first code expires, the second is scanned.
const (
	demoLifetime = 4 * time.Second
	demoInterval = 500 * time.Millisecond
	demoScan     = 2 * time.Second
)

func main() { demo.Main("pair", run) }

type flags struct {
	code, name, png string
	id              int64
}

func parse(app demo.App) (flags, error) {
	var f flags
	set := app.Flags()
	set.StringVar(&f.code, "package", string(whatspie.PackageStartup), "package plan of the device to create")
	set.StringVar(&f.name, "name", "Customer Service", "name of the device to create")
	set.Int64Var(&f.id, "id", 0, "connect this device instead of creating one")
	set.StringVar(&f.png, "png", "", "also write each code to this `file`; it is removed at the end")
	err := app.Parse(set)
	if err == nil && f.id < 0 {
		err = fmt.Errorf("%w: -id is a positive number", demo.ErrUsage)
	}
	return f, err
}

func run(ctx context.Context, app demo.App) error {
	f, err := parse(app)
	if err != nil {
		return err
	}
	session, err := demo.Open(app, whatspietest.WithQRLifetime(demoLifetime))
	if err != nil {
		return err
	}
	defer session.Close()
	if f.id == 0 {
		if f.id, err = create(ctx, app, session.Client, f); err != nil {
			return err
		}
	} else if session.Server != nil {
		session.Server.AddDevice(whatspie.Device{ID: f.id, Name: f.name})
	}
	return pair(ctx, app, session, f)
}

func create(ctx context.Context, app demo.App, client *whatspie.Client, f flags) (int64, error) {
	device, err := client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
		Package: whatspie.PackageCode(f.code),
		Name:    f.name,
	})
	if err != nil {
		return 0, err
	}
	app.Remarkf("Created device %d on %s.", device.ID, f.code)
	return device.ID, nil
}

// pair runs the loop and shows what it yields.
func pair(ctx context.Context, app demo.App, session *demo.Session, f flags) error {
	screen := newScreen(app)
	defer screen.close()
	if f.png != "" {
		defer func() { _ = os.Remove(f.png) }() // a code is a credential; there may have been none
	}
	var opts []whatspie.PairOption
	if session.Server != nil {
		opts = append(opts, whatspie.WithQRLifetime(demoLifetime), whatspie.WithPollInterval(demoInterval))
	}
	for event, err := range session.Client.Devices.Pair(ctx, f.id, opts...) {
		if err != nil {
			return err
		}
		switch event.Kind {
		case whatspie.PairQR:
			if err := screen.show(event); err != nil {
				return err
			}
			if f.png != "" {
				if err := demo.WriteSecret(f.png, event.QR.PNG()); err != nil {
					return err
				}
			}
			scanSecond(session, f.id, event)
		case whatspie.PairQRExpired:
			screen.expire(event)
		case whatspie.PairRetry:
			screen.note("For the moment: " + demo.Printable(event.Err.Error()))
		case whatspie.PairStatus:
			screen.note("The device is now " + demo.Or(string(event.Device.PairedStatus)) + ".")
		case whatspie.PairPaired:
			screen.close()
			_, err := fmt.Fprintf(app.Stdout, "Connected: device %d is paired with %s.\n", event.Device.ID, demo.Or(event.Device.Phone))
			return err
		}
	}
	return errors.New("the loop ended without a word")
}

// scanSecond is the phone of the demo: it lets the first code expire.
func scanSecond(session *demo.Session, id int64, event whatspie.PairEvent) {
	if session.Server != nil && event.Sequence > 1 {
		time.AfterFunc(demoScan, func() { session.Server.Scan(id) })
	}
}
