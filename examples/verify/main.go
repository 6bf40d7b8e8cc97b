// Command verify tests the SDK against the real API. It makes the read-only calls, and shows for each the response, how
// it differs from the documentation, and how the SDK decodes it.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	demo.Main("verify", "compares the API with its documentation. It makes read-only calls.", run)
}

type settings struct {
	create whatspie.CreateDeviceRequest
	dir    string
}

func parse(app demo.App) (settings, error) {
	var s settings
	flags := app.Flags()
	name := flags.String("create", "", "also create a device with this `name`, which costs money; needs -package and -yes")
	code := flags.String("package", "", "`code` of the package of the new device")
	yes := flags.Bool("yes", false, "confirm the creation")
	flags.StringVar(&s.dir, "save", "", "save the response bodies in this new `directory`, with personal data replaced")
	err := app.Parse(flags)
	s.create = whatspie.CreateDeviceRequest{Name: *name, Package: whatspie.PackageCode(*code)}
	isCreation := *name != "" || *code != "" || *yes
	if err == nil && isCreation && (*name == "" || *code == "" || !*yes) {
		err = fmt.Errorf("%w: to create a device, which costs money, give -create, -package and -yes", demo.ErrUsage)
	}
	return s, err
}

func run(ctx context.Context, app demo.App) error {
	s, err := parse(app)
	if err != nil {
		return err
	}
	var drifts []whatspie.Drift
	session, err := demo.OpenWithDevices(app, whatspie.WithDriftHandler(func(d whatspie.Drift) { drifts = append(drifts, d) }))
	if err != nil {
		return err
	}
	defer session.Close()
	var save *folder
	if s.dir != "" {
		if save, err = newFolder(s.dir); err != nil {
			return err
		}
	}
	v := &verification{devices: session.Client.Devices, drifts: &drifts}
	v.run(ctx, s.create)
	failed := errors.Join(printReport(app.Stdout, v.results), ctx.Err())
	if save != nil {
		failed = errors.Join(failed, save.write(context.WithoutCancel(ctx), v.results))
		app.Logf("The bodies are saved in %s. Its README.md explains how they were changed.", demo.Printable(s.dir))
	}
	for _, r := range v.results {
		if r.verdict == verdictFailed {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.call, r.err))
		}
	}
	return failed
}
