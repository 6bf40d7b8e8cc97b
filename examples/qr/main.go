// Command qr shows the QR code that connects a phone to a device, once. The pair example shows the next one too.
package main

import (
	"context"
	"fmt"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("qr", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	id := flags.Int64("id", 2, "ID of the device")
	file := flags.String("png", "", "write the code to this `file` instead of the terminal")
	if err := app.Parse(flags); err != nil {
		return err
	}
	session, err := demo.OpenFleet(app)
	if err != nil {
		return err
	}
	defer session.Close()

	code, err := session.Client.Devices.QR(ctx, *id)
	switch {
	case err != nil:
		return err
	case code.URL() != "":
		_, err = fmt.Fprintln(app.Stdout, "The API sent a link to the code:", demo.Printable(code.URL()))
		return err
	case *file != "":
		return demo.WriteSecret(*file, code.PNG())
	default:
		return draw(app, code)
	}
}

// draw writes no code where its lines would wrap: it could not be scanned.
func draw(app demo.App, code *whatspie.QRCode) error {
	need, _, err := code.TerminalSize()
	if err != nil {
		return err
	}
	if columns, _, ok := app.Size(); ok && columns < need {
		return fmt.Errorf("this terminal has %d columns, the code needs %d: enlarge it, or use -png", columns, need)
	}
	return code.WriteTerminal(app.Stdout)
}
