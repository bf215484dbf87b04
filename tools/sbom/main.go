// Command sbom writes the bill of materials of a Go binary, as CycloneDX JSON, from what the binary itself records.
// It has neither a time nor a serial number, so that equal binaries have equal bills.
package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY VERSION BILL.json")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// write writes the bill of binary to file. A binary does not record the version that the linker stamped into it.
func write(binary, version, file string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read %s: %w", binary, err)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	encoder := cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true)
	if err := encoder.Encode(bill(filepath.Base(binary), version, info)); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return out.Close()
}

// bill returns the bill of a binary: its modules in the order of their paths, and Go's standard library.
func bill(name, version string, info *debug.BuildInfo) *cdx.BOM {
	main := cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version, Properties: settings(info),
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	parts := []cdx.Component{library("std", goVersion, "")}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		parts = append(parts, library(module.Path, module.Version, module.Sum))
	}
	refs := make([]string, len(parts))
	for i, part := range parts {
		refs[i] = part.BOMRef
	}
	made := cdx.NewBOM()
	made.Metadata = &cdx.Metadata{Component: &main}
	made.Components = &parts
	made.Dependencies = &[]cdx.Dependency{{Ref: name, Dependencies: &refs}}
	return made
}

// library returns a module as a component. Its sum stands in go.sum.
func library(path, version, sum string) cdx.Component {
	purl := "pkg:golang/" + path + "@" + version
	made := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
	if sum != "" {
		made.Properties = &[]cdx.Property{{Name: "go:sum", Value: sum}}
	}
	return made
}

// settings returns how the binary was built.
func settings(info *debug.BuildInfo) *[]cdx.Property {
	made := []cdx.Property{{Name: "go:version", Value: info.GoVersion}}
	for _, setting := range info.Settings {
		made = append(made, cdx.Property{Name: "go:build:" + setting.Key, Value: setting.Value})
	}
	return &made
}
