import ArgumentParser
import QuireRequests

extension Option {
  /// The option of a sampling parameter.
  init<Wrapped: ExpressibleByArgument>(of field: SamplingField) where Value == Wrapped? {
    self.init(name: field.nameSpecification, parsing: .unconditional, help: field.argumentHelp)
  }

  /// An option of a sampling parameter that always has a value.
  init(wrappedValue: Value, of field: SamplingField) where Value: ExpressibleByArgument {
    self.init(
      wrappedValue: wrappedValue, name: field.nameSpecification, parsing: .unconditional,
      help: field.argumentHelp)
  }

  /// An option of a sampling parameter that may be given again.
  init(wrappedValue: [String], of field: SamplingField) where Value == [String] {
    self.init(
      wrappedValue: wrappedValue, name: field.nameSpecification, parsing: .unconditionalSingleValue,
      help: field.argumentHelp)
  }
}

extension Flag where Value == Bool? {
  /// The option of a sampling parameter that is on or off.
  init(of field: SamplingField) {
    self.init(name: field.nameSpecification, inversion: .prefixedNo, help: field.argumentHelp)
  }
}

extension SamplingField {
  /// The option's name with its dashes.
  var optionName: String { CommandLineDialect().name(of: .parameter(self)) }

  fileprivate var nameSpecification: NameSpecification { .customLong(String(optionName.dropFirst(2))) }

  fileprivate var argumentHelp: ArgumentHelp { ArgumentHelp(row.help) }
}
