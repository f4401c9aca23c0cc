extension TemplateText {
  /// The text in upper case, as Python's `upper`.
  var uppercased: TemplateText { mapScalars { $0.scalar.properties.uppercaseMapping } }

  /// The text in lower case, as Python's `lower`: a sigma at the end of a word has a form of its own.
  var lowercased: TemplateText { mapScalars { lowercase($0) } }

  /// The first scalar in title case, all others in lower case.
  var capitalized: TemplateText {
    mapScalars { $0.range.lowerBound == 0 ? $0.scalar.properties.titlecaseMapping : lowercase($0) }
  }

  /// Each word's first scalar in title case, as Python's `title`: a word is a run of scalars that have case.
  var titlecased: TemplateText {
    var isInWord = false
    return mapScalars { place in
      defer { isInWord = place.scalar.properties.isCased }
      return isInWord ? lowercase(place) : place.scalar.properties.titlecaseMapping
    }
  }

  /// Upper case in lower case and the other way round.
  var swappedCase: TemplateText {
    mapScalars { place in
      let properties = place.scalar.properties
      if properties.isUppercase { return lowercase(place) }
      return properties.isLowercase ? properties.uppercaseMapping : String(place.scalar)
    }
  }

  /// Whether there is a scalar of one case and none of the other.
  /// - Parameter upper: whether upper case is asked for.
  func isCase(upper: Bool) -> Bool {
    var hasCase = false
    for place in scalars {
      let properties = place.scalar.properties
      let isTitle = properties.generalCategory == .titlecaseLetter
      if isTitle || (upper ? properties.isLowercase : properties.isUppercase) { return false }
      if upper ? properties.isUppercase : properties.isLowercase { hasCase = true }
    }
    return hasCase
  }

  private func lowercase(_ place: ScalarPlace) -> String? {
    if place.scalar.isASCII, !("A"..."Z").contains(place.scalar) { return nil }
    return place.scalar.value == 0x3A3 && isFinalSigma(place) ? "ς" : place.scalar.properties.lowercaseMapping
  }

  /// Whether a letter with case precedes, and none follows, scalars without effect on case apart.
  private func isFinalSigma(_ place: ScalarPlace) -> Bool {
    var offset = place.range.lowerBound
    var precedes = false
    while offset > 0 {
      let before = scalar(before: offset)
      offset = before.range.lowerBound
      if before.scalar.properties.isCaseIgnorable { continue }
      precedes = before.scalar.properties.isCased
      break
    }
    guard precedes else { return false }
    offset = place.range.upperBound
    while offset < byteCount {
      let after = scalar(at: offset)
      offset = after.range.upperBound
      if after.scalar.properties.isCaseIgnorable { continue }
      return !after.scalar.properties.isCased
    }
    return true
  }
}
