// Command list shows all devices of the account as a table.
package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("list", run) }

func run(ctx context.Context, app demo.App) error {
	if err := app.Parse(app.Flags()); err != nil {
		return err
	}
	session, err := demo.OpenFleet(app)
	if err != nil {
		return err
	}
	defer session.Close()

	devices, err := session.Client.Devices.List(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(app.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tPHONE\tPAIRED\tPACKAGE") // Flush reports what fails
	for _, device := range devices {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", device.ID, demo.Or(device.Name), demo.Or(device.Phone),
			demo.Or(string(device.PairedStatus)), demo.Or(string(device.Package.Code)))
	}
	return table.Flush()
}
