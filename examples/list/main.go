// Command list shows all devices of the account as a table.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"text/tabwriter"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("list shows all devices of the account as a table.\n\nusage: list")
	}
	flag.Parse()
	client := demo.Client() // in your program: client, err := whatspie.NewClientFromEnv()
	if flag.NArg() > 0 {
		log.Print("list takes no arguments.\n\n")
		flag.Usage()
		os.Exit(2)
	}

	devices, err := client.Devices.List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tPHONE\tPAIRED\tPACKAGE") // Flush returns the error
	for _, d := range devices {
		// %q escapes control characters, which could manipulate the terminal.
		_, _ = fmt.Fprintf(table, "%d\t%q\t%q\t%q\t%q\n", d.ID, d.Name, d.Phone, d.PairedStatus, d.Package.Code)
	}
	if err := table.Flush(); err != nil {
		log.Fatal(err)
	}
}
