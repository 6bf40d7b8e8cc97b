// Command create makes a device on a package plan.
package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("create", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	code := flags.String("package", "", "package `plan` the device is billed on, else "+string(whatspie.PackageStartup))
	name := flags.String("name", "", "`name` of the device, else Customer Service")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if app.Account != nil && *name == "" && *code == "" {
		return fmt.Errorf("%w: which device? Give -name and -package: it costs money", demo.ErrUsage)
	}
	session, err := demo.Open(app)
	if err != nil {
		return err
	}
	defer session.Close()

	device, err := session.Client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
		Package: cmp.Or(whatspie.PackageCode(*code), whatspie.PackageStartup),
		Name:    cmp.Or(*name, "Customer Service"),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(app.Stdout, "created device %d\n", device.ID)
	return err
}
